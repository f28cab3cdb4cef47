"""The product on a laptop, driven as people drive it, and the simulator's truth beside it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx

from local.clock import ScaledClock
from local.drs import JobTruth, Simulator
from local.drs.records import InstanceTruth
from local.ec2 import Ec2
from local.events import DrsEvents, EventBus
from local.function_scripts import ScriptedFunctions
from local.functions import Invoker, call_handler
from local.probes import Prober
from local.scheduler import Scheduler
from local.server import LocalServer
from local.service_quotas import ServiceQuotas
from local.ssm import Ssm
from local.sts import Sts

ACCOUNT = "111122223333"
REGION = "us-west-2"
FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "INTERRUPTED"}
# Fast, yet slow enough that the handlers' own time stays small beside the 30 s loop.
SPEED = 600.0
# Between two looks at an execution, so that a state that lasts a minute is seen; longer once one
# has waited for hours.
_LOOK_SECONDS = 20.0
_PATIENCE_REAL_SECONDS = 240.0

Json = dict[str, Any]


def server_id(number: int) -> str:
    """Return the id of the numbered server of a fleet."""
    return f"s-5{number:016x}"


def servers(first: int, count: int) -> list[str]:
    """Return consecutive ids."""
    return [server_id(number) for number in range(first, first + count)]


def fleet(count: int, *, first: int = 0, account: str = ACCOUNT, region: str = REGION) -> Json:
    """Return an inventory of `count` small Linux servers of a place, numbered from `first`."""
    return {
        "items": [
            {
                "sourceServerID": server_id(number),
                "arn": f"arn:aws:drs:{region}:{account}:source-server/{server_id(number)}",
                "tags": {"Name": f"server-{number}", "Half": "even" if number % 2 == 0 else "odd"},
                "lastLaunchResult": "NOT_STARTED",
                "dataReplicationInfo": {
                    "dataReplicationState": "CONTINUOUS",
                    "lagDuration": "P0D",
                },
                "sourceProperties": {
                    "os": {"fullString": "Linux version 6.1.141 (Amazon Linux 2023)"},
                    "identificationHints": {"hostname": f"server-{number}"},
                },
                "lifeCycle": {"lastLaunch": {"initiated": {}}},
            }
            for number in range(first, first + count)
        ]
    }


def estates(*fleets: Json) -> Json:
    """Return one inventory of several places; the first is where the product runs."""
    return {"items": [server for each in fleets for server in each["items"]]}


def wave(
    name: str, ids: Sequence[str], *depends_on: str, on_failure: str = "CONTINUE"
) -> tuple[Json, Json]:
    """Return a group of the servers and a wave of that group."""
    group = {"name": f"g-{name}", "accountId": ACCOUNT, "region": REGION}
    return (
        {**group, "sourceServerIds": list(ids)},
        {
            "name": name,
            "protectionGroups": [f"g-{name}"],
            "dependsOn": list(depends_on),
            "onFailure": on_failure,
        },
    )


def plan(name: str, *waves: tuple[Json, Json]) -> Json:
    """Return a plan file's document."""
    return {
        "name": name,
        "protectionGroups": [group for group, _ in waves],
        "waves": [wave for _, wave in waves],
    }


class Laptop:
    """A running local server."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self.http = httpx.Client(base_url=f"{server.api_url}/api/v1", timeout=60)
        self.step_functions = boto3.client("stepfunctions", endpoint_url=server.aws_url)

    @property
    def simulator(self) -> Simulator:
        """The simulated DRS: its faults, its record of calls, its truth."""
        return self._server.simulator

    @property
    def service_quotas(self) -> ServiceQuotas:
        """The simulated Service Quotas, which tells the simulated DRS's limits unless denied."""
        return self._server.aws.service_quotas

    @property
    def ssm(self) -> Ssm:
        """The simulated Systems Manager: its documents' scripts, its agents, its truth."""
        return self._server.aws.ssm

    @property
    def ec2(self) -> Ec2:
        """The simulated EC2: the results of its status checks."""
        return self._server.aws.ec2

    @property
    def sts(self) -> Sts:
        """The simulated STS: which roles trust us, and every session it gave out."""
        return self._server.aws.sts

    @property
    def prober(self) -> Prober:
        """The probers of all accounts: what they find, by script, and every probe."""
        return self._server.aws.prober

    @property
    def functions(self) -> ScriptedFunctions:
        """The functions of others: their scripts and every invocation."""
        return self._server.aws.functions

    @property
    def scheduler(self) -> Scheduler:
        """The simulated EventBridge Scheduler: its faults, its schedules, its deliveries."""
        return self._server.aws.scheduler

    @property
    def event_bus(self) -> EventBus:
        """The simulated event bus: its rules, every event, and faults such as losing all."""
        return self._server.aws.event_bus

    @property
    def drs_events(self) -> DrsEvents:
        """What the simulated DRS tells the event bus, and how much of it gets lost."""
        return self._server.aws.drs_events

    @property
    def clock(self) -> ScaledClock:
        """The simulated time."""
        return self._server.clock

    def client(
        self,
        service: Any,  # noqa: ANN401 - the stubs list the names of services one by one
        *,
        region: str | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - most services here have no stubs
        """Return a boto3 client of the simulated AWS: the product's own, or with STS's answer."""
        assumed = (
            {}
            if credentials is None
            else {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
        )
        return boto3.client(
            service, region_name=region, endpoint_url=self._server.aws_url, **assumed
        )

    def apply(self, document: Json) -> str:
        """Create a plan and return its id."""
        answer = self.http.post("/recovery-plans", json=document)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["planId"])

    def start(self, plan_id: str, execution_type: str = "DRILL", **body: str) -> str:
        """Start an execution and return its id."""
        answer = self.http.post(
            f"/recovery-plans/{plan_id}/execute", json={"executionType": execution_type, **body}
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["executionId"])

    def run(self, plan_id: str, execution_type: str = "DRILL", **body: str) -> Json:
        """Start an execution and return it when it has ended."""
        return self.ended(self.start(plan_id, execution_type, **body))

    def read(self, execution_id: str) -> Json:
        """Return an execution as the API shows it."""
        answer = self.http.get(f"/executions/{execution_id}")
        assert answer.status_code == 200, answer.text
        execution: Json = answer.json()
        return execution

    def until_known(self, execution_id: str) -> None:
        """Return as soon as an execution started elsewhere is on record."""
        deadline = time.monotonic() + 120
        while self.http.get(f"/executions/{execution_id}").status_code == 404:
            assert time.monotonic() < deadline, f"{execution_id} left no record"
            time.sleep(0.05)

    def ended(self, execution_id: str) -> Json:
        """Return the execution when it has its verdict."""
        # Reading a large execution must not keep the machine from running it.
        return self._wait(execution_id, lambda e: e["status"] in FINAL, rest_per_reading=9)

    def until(self, execution_id: str, condition: Callable[[Json], bool]) -> Json:
        """Return the execution as soon as the condition holds."""
        return self._wait(execution_id, condition, rest_per_reading=1)

    def _wait(
        self, execution_id: str, condition: Callable[[Json], bool], *, rest_per_reading: float
    ) -> Json:
        deadline = time.monotonic() + _PATIENCE_REAL_SECONDS
        asked_at = self.clock.now()
        while (began := time.monotonic()) < deadline:
            execution = self.read(execution_id)
            if condition(execution):
                return execution
            reading_seconds = time.monotonic() - began
            waited_seconds = (self.clock.now() - asked_at).total_seconds()
            self.clock.wait(
                threading.Event(),
                max(_LOOK_SECONDS, waited_seconds / 60),
                shortest_real_seconds=rest_per_reading * reading_seconds,
            )
        raise AssertionError(f"still waiting: {json.dumps(execution, indent=1)}")

    def workflow_status(self, execution: Json) -> str:
        """Return what Step Functions says of the execution, once it has ended there too."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            answer = self.step_functions.describe_execution(executionArn=execution["executionArn"])
            if answer["status"] != "RUNNING":
                return answer["status"]
            time.sleep(0.05)
        raise AssertionError("the workflow still runs")

    def launches(self) -> list[JobTruth]:
        """Return the LAUNCH jobs that really exist, in the order of their creation."""
        truth = self.simulator.truth(ACCOUNT, REGION)
        return [job for job in truth.jobs if job.kind == "LAUNCH"]

    def live_instances(self) -> list[InstanceTruth]:
        """Return the recovery instances that really live."""
        truth = self.simulator.truth(ACCOUNT, REGION)
        return [instance for instance in truth.instances if instance.live]

    def outcomes(self, operation: str) -> list[str]:
        """Return what became of every call of a DRS operation."""
        return [c.outcome for c in self.simulator.calls if c.operation == operation]


@contextmanager
def laptop(
    _directory: Path,
    inventory: Mapping[str, Any],
    invoker: Invoker = call_handler,
    *,
    speed: float = SPEED,
    **options: Any,  # noqa: ANN401 - whatever a LocalServer takes
) -> Iterator[Laptop]:
    """Run a local server with an inventory; `invoker` stands around every handler."""
    with LocalServer(
        inventory=inventory, speed=speed, human_timeouts_scaled=True, invoker=invoker, **options
    ) as server:
        running = Laptop(server)
        with running.http:
            yield running


def verdicts(execution: Json) -> dict[str, str]:
    """Return the status of each wave."""
    return {each["name"]: each["status"] for each in execution["waves"]}


def servers_launched_twice(jobs: Sequence[JobTruth]) -> list[str]:
    """Return servers that stand in more than one job."""
    ids = [each for job in jobs for each in job.server_ids]
    return sorted({each for each in ids if ids.count(each) > 1})


def question_of(execution: Json, wave_name: str) -> Json:
    """Return what a wave asks, {} if it asks nothing."""
    asked_by = {each["name"]: each["question"] for each in execution["waves"]}
    return asked_by.get(wave_name) or {}


def asked(running: Laptop, execution_id: str, wave_name: str, attempt: int | None = None) -> Json:
    """Return the execution as soon as the wave asks a question, or that one."""

    def asks(execution: Json) -> bool:
        question = question_of(execution, wave_name)
        return bool(question) and attempt in {None, question["attempt"]}

    return running.until(execution_id, asks)


def decide(
    running: Laptop,
    execution_id: str,
    wave_name: str,
    decision: str,
    *,
    attempt: int = 1,
    reason: str | None = None,
) -> httpx.Response:
    """Answer the question of a wave."""
    return running.http.post(
        f"/executions/{execution_id}/waves/{wave_name}/decisions",
        json={"attempt": attempt, "decision": decision, "reason": reason},
    )
