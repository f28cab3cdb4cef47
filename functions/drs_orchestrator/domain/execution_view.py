"""An execution as everybody sees it: computed here once, drawn by CLI and console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.action_view import ActionView, view_actions
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.point_in_time import PointsInTime
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus


class JobView(Model):
    """A DRS job of a wave."""

    job_id: str
    servers: list[str]


class WaveView(Model):
    """A wave of an execution."""

    name: str
    status: WaveStatus
    reason: str | None
    start_time: datetime | None
    end_time: datetime | None
    depends_on: list[str]
    server_count: int
    servers_launched: int
    jobs: list[JobView]
    actions: list[ActionView]
    """Before the launch and after it, in order."""


class ServerView(Model):
    """A server of an execution; `launchStatus` is DRS's word, `verdict` ours, null is unknown."""

    source_server_id: str
    wave: str
    account_id: str
    region: str
    snapshot_id: str | None
    snapshot_time: datetime | None
    skew_seconds: int | None
    launch_status: str | None
    recovery_instance_id: str | None
    verdict: ServerVerdict | None
    reason: str | None


class ExecutionSummary(Model):
    """An execution in a list."""

    execution_id: str
    execution_arn: str | None
    plan_id: str
    plan_name: str | None
    plan_version: int | None
    execution_type: ExecutionType
    status: ExecutionStatus
    reason: str | None
    start_time: datetime
    end_time: datetime | None
    actor: str | None
    point_in_time: PointsInTime | None


class ExecutionView(ExecutionSummary):
    """An execution in full."""

    now: datetime
    """The server's clock, which on a laptop is simulated: elapsed time is `now` - `startTime`."""
    waves: list[WaveView]
    servers: list[ServerView]


def summarize(execution: Execution) -> ExecutionSummary:
    """Return the execution as in a list."""
    summary = execution.narrowed_to(ExecutionSummary)
    return summary.changed(status=execution.shown_status)


def view(
    execution: Execution,
    waves: Sequence[WaveRecord],
    servers: Sequence[RecoveredServer],
    intents: Sequence[Intent],
    now: datetime,
    actions: Sequence[ActionRecord] = (),
) -> ExecutionView:
    """Return the execution in full."""
    launched = Counter(server.wave for server in servers if server.launch_status == "LAUNCHED")
    return ExecutionView(
        **dict(summarize(execution)),
        now=now,
        waves=[_wave(wave, launched[wave.name], intents, actions) for wave in waves],
        servers=[server.narrowed_to(ServerView) for server in servers],
    )


def _wave(
    wave: WaveRecord,
    servers_launched: int,
    intents: Sequence[Intent],
    actions: Sequence[ActionRecord],
) -> WaveView:
    return WaveView(
        name=wave.name,
        status=wave.status,
        reason=wave.reason or _trouble(wave, intents),
        start_time=wave.start_time,
        end_time=wave.end_time,
        depends_on=wave.depends_on,
        server_count=wave.server_count,
        servers_launched=servers_launched,
        jobs=[
            JobView(job_id=intent.job_id, servers=intent.source_server_ids)
            for intent in intents
            if intent.wave == wave.name and intent.job_id
        ],
        actions=view_actions(wave, actions),
    )


def _trouble(wave: WaveRecord, intents: Sequence[Intent]) -> str | None:
    """Return what holds up a wave that runs, as far as its launches know."""
    if wave.status.is_final:
        return None
    return next(
        (i.reason for i in intents if i.wave == wave.name and not i.status.is_final and i.reason),
        None,
    )
