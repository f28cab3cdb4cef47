"""Executions, waves, servers and intents with everything set that a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime

from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.recovery_plan import OnFailure
from drs_orchestrator.domain.server import Place, RecoveredServer, RecoveryInstance
from drs_orchestrator.domain.wave import WaveRecord

PLACE = Place("111122223333", "us-west-2")
ELSEWHERE = Place("111122223333", "eu-west-1")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = "drill-1"


def server_id(number: int) -> str:
    """Return the id of a numbered server; ids sort as the numbers do."""
    return f"s-5{number:016x}"


def execution(**values: object) -> Execution:
    """Return a running drill."""
    return Execution(
        execution_id=ID,
        plan_id="plan_a",
        execution_type=ExecutionType.DRILL,
        status=ExecutionStatus.RUNNING,
        start_time=NOON,
    ).changed(**values)


def wave(name: str = "web", *depends_on: str, **values: object) -> WaveRecord:
    """Return a wave of two servers that has not begun."""
    return WaveRecord(
        name=name,
        position=0,
        protection_groups=[f"g-{name}"],
        depends_on=list(depends_on),
        on_failure=OnFailure.CONTINUE,
        server_count=2,
        remaining_path=1,
    ).changed(**values)


def server(number: int = 0, **values: object) -> RecoveredServer:
    """Return a server of the wave "web" of which nothing is known yet."""
    return RecoveredServer(
        source_server_id=server_id(number),
        wave="web",
        account_id=PLACE.account_id,
        region=PLACE.region,
    ).changed(**values)


def intent(chunk: int = 0, servers: int = 2, **values: object) -> Intent:
    """Return a PREPARED intent of the wave "web", with servers that no other chunk has."""
    return Intent(
        execution_id=ID,
        execution_type=ExecutionType.DRILL,
        wave="web",
        attempt=1,
        chunk=chunk,
        account_id=PLACE.account_id,
        region=PLACE.region,
        source_server_ids=[server_id(1000 * chunk + number) for number in range(servers)],
        remaining_path=1,
    ).changed(**values)


def job(**launch_status: str) -> Job:
    """Return an ended job that reports `launch_status` of servers named `s0`, `s1` and so on."""
    return Job(
        job_id="drsjob-5",
        status="COMPLETED",
        creation_time=NOON,
        end_time=NOON,
        launch_status={server_id(int(name[1:])): word for name, word in launch_status.items()},
    )


def instance(number: int = 0, **values: object) -> RecoveryInstance:
    """Return the running recovery instance of a numbered server."""
    return RecoveryInstance(
        recovery_instance_id=f"i-5{number:016x}",
        source_server_id=server_id(number),
        job_id="drsjob-5",
        ec2_instance_state="RUNNING",
    ).changed(**values)
