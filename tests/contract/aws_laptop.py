"""Simulated AWS services on one loopback port, above a DRS simulator whose clock tests move."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from local.clock import ManualClock
from local.drs import Simulator
from local.drs.state import Scope
from local.front_door import FrontDoor
from local.protocols.endpoint import Setting
from local.wsgi import refuse
from tests.contract.drs_service import ACCOUNT, LONG_ENOUGH_SECONDS, REGION, recorded_server

HOME = Scope(ACCOUNT, REGION)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def _unknown_service(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return refuse(start_response, "UnknownService", "no such service on this port")


class AwsLaptop:
    """A simulator and the services that a test adds; a context manager.

    `services` makes the WSGI applications, by SigV4 service name, from the laptop.
    """

    def __init__(
        self,
        *server_ids: str,
        services: Callable[[AwsLaptop], Mapping[str, WSGIApplication]],
        account_of: Callable[[str], str] | None = None,
        fallback: WSGIApplication | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.simulator = Simulator(self.clock, account_of=account_of)
        self.simulator.load_inventory({"items": [recorded_server(each) for each in server_ids]})
        self.setting = Setting(self.clock, HOME, account_of, fallback)
        door = FrontDoor({"drs": self.simulator, **services(self)}, _unknown_service)
        self._server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._clients: list[Any] = []

    def __enter__(self) -> AwsLaptop:
        self._thread.start()
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
    def url(self) -> str:
        """The URL of the port."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(
        self,
        service: Any,  # noqa: ANN401 - the stubs list the names of services one by one
        *,
        region: str = REGION,
        access_key: str = "local",
        token: str | None = None,
        validate: bool = True,
    ) -> Any:  # noqa: ANN401 - most services here have no stubs
        """Return a boto3 client that never re-sends; without `validate` it sends anything."""
        client: Any = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=access_key,
            aws_secret_access_key="local",
            aws_session_token=token,
            config=Config(
                retries={"total_max_attempts": 1},
                read_timeout=10,
                parameter_validation=validate,
            ),
        )
        self._clients.append(client)
        return client

    def launch(self, *server_ids: str, drill: bool = True) -> str:
        """Start a DRS job, let it end and return its id."""
        job_id = self.start(*server_ids, drill=drill)
        self.clock.advance(LONG_ENOUGH_SECONDS)
        return job_id

    def start(self, *server_ids: str, drill: bool = True) -> str:
        """Start a DRS job and return its id."""
        answer = self.client("drs").start_recovery(
            sourceServers=[{"sourceServerID": each} for each in server_ids], isDrill=drill
        )
        return str(answer["job"]["jobID"])

    def until_launched(self, server_id: str) -> str:
        """Let time pass until the server's launch has just ended; return the instance's id."""
        while True:
            self.clock.advance(1)
            for instance in self.simulator.truth(*HOME).instances:
                if instance.source_server_id == server_id and instance.live:
                    return instance.instance_id
