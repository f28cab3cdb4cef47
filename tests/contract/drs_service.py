"""The simulator behind a real loopback server, and boto3 clients that talk to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import WSGIRequestHandler, make_server

from local.clock import ManualClock
from local.drs import Behaviour, Faults, Simulator

if TYPE_CHECKING:
    from types_boto3_drs.client import DrsClient
    from types_boto3_drs.type_defs import (
        JobLogTypeDef,
        JobTypeDef,
        RecoveryInstanceTypeDef,
        SourceServerTypeDef,
    )

ACCOUNT, REGION = "111122223333", "us-west-2"
SERVER_A, SERVER_B, SERVER_C = "s-5aaaaaaaaaaaaaaaa", "s-5bbbbbbbbbbbbbbbb", "s-5cccccccccccccccc"
UNKNOWN_SERVER = "s-5eeeeeeeeeeeeeeee"
LONG_ENOUGH_SECONDS = 3_600


def recorded_server(
    server_id: str, *, account: str = ACCOUNT, region: str = REGION, **members: object
) -> dict[str, Any]:
    """Return a source server as an inventory holds it."""
    return {
        "sourceServerID": server_id,
        "arn": f"arn:aws:drs:{region}:{account}:source-server/{server_id}",
        "sourceProperties": {"os": {"fullString": "Linux version 6.1"}},
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS", "lagDuration": "P0D"},
        **members,
    }


def many_servers(count: int) -> list[str]:
    """Return `count` distinct server ids."""
    return [f"s-5{number:016x}" for number in range(count)]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    """Return the code and the HTTP status of a ClientError."""
    response = error.value.response
    return response["Error"]["Code"], int(response["ResponseMetadata"]["HTTPStatusCode"])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class DrsService:
    """A simulator with servers A, B and C, served on a free port, with a clock that tests move."""

    def __init__(
        self,
        servers: Sequence[dict[str, Any]] | None = None,
        *,
        behaviour: Behaviour | None = None,
        account_of: Callable[[str], str] | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.simulator = Simulator(self.clock, behaviour=behaviour, account_of=account_of)
        known = [recorded_server(server_id) for server_id in (SERVER_A, SERVER_B, SERVER_C)]
        self.simulator.load_inventory({"items": list(servers or known)})
        self._server = make_server(
            "127.0.0.1", 0, self.simulator, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(
            # It looks for its end only that often; the default would cost each test half a second.
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.01},
            daemon=True,
        )
        self._clients: list[DrsClient] = []

    def __enter__(self) -> DrsService:
        self._thread.start()
        self.drs = self.client()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The loopback port."""
        return int(self._server.server_port)

    @property
    def faults(self) -> Faults:
        """The simulator's faults."""
        return self.simulator.faults

    def client(self, region: str = REGION, access_key: str = "local") -> DrsClient:
        """Return a boto3 client that never re-sends."""
        client = boto3.client(
            "drs",
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=access_key,
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
        )
        self._clients.append(client)
        return client

    def start(self, *server_ids: str, drill: bool = True) -> str:
        """Start a job and return its id."""
        answer = self.drs.start_recovery(
            sourceServers=[{"sourceServerID": server_id} for server_id in server_ids],
            isDrill=drill,
        )
        return answer["job"]["jobID"]

    def launch(self, *server_ids: str, drill: bool = True) -> str:
        """Start a job, let it end and return its id."""
        job_id = self.start(*server_ids, drill=drill)
        self.clock.advance(LONG_ENOUGH_SECONDS)
        return job_id

    def job(self, job_id: str) -> JobTypeDef:
        """Return a job as DescribeJobs shows it."""
        (job,) = self.drs.describe_jobs(filters={"jobIDs": [job_id]})["items"]
        return job

    def statuses(self, job_id: str) -> dict[str, str]:
        """Return the launchStatus of each server of a job."""
        servers = self.job(job_id)["participatingServers"]
        return {server["sourceServerID"]: server["launchStatus"] for server in servers}

    def log(self, job_id: str) -> list[JobLogTypeDef]:
        """Return the log of a job so far."""
        return list(self.drs.describe_job_log_items(jobID=job_id)["items"])

    def log_events(self, job_id: str, server_id: str | None = None) -> list[str]:
        """Return the event names of a job's log, of one server if given."""
        return [
            str(item["event"])
            for item in self.log(job_id)
            if server_id is None or item["eventData"].get("sourceServerID") == server_id
        ]

    def instances(self) -> dict[str, RecoveryInstanceTypeDef]:
        """Return the listed recovery instances by their source server."""
        items = self.drs.describe_recovery_instances()["items"]
        return {instance["sourceServerID"]: instance for instance in items}

    def source_server(self, server_id: str) -> SourceServerTypeDef:
        """Return one source server as DescribeSourceServers shows it."""
        answer = self.drs.describe_source_servers(filters={"sourceServerIDs": [server_id]})
        return answer["items"][0]
