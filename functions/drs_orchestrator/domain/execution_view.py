"""An execution as everybody sees it: computed here once, drawn by CLI and console."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.action_view import ActionView, view_actions
from drs_orchestrator.domain.approval import ApprovalTimeout
from drs_orchestrator.domain.clean_up import CleanUp, why_missed
from drs_orchestrator.domain.clean_up_view import CleanUpView, clean_up_view
from drs_orchestrator.domain.decision import Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.health import HealthGate, gate_of
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.point_in_time import PointsInTime
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.termination import Termination
from drs_orchestrator.domain.verdict import unhealthy
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus


class JobView(Model):
    """A DRS job of a wave."""

    job_id: str
    servers: list[str]


class ChoiceView(Model):
    """A possible answer, and what it does."""

    decision: Choice
    effect: str


class QuestionView(Model):
    """What a wave asks of a person."""

    kind: QuestionKind
    attempt: int
    """The question's number, which an answer must name."""
    message: str
    role: str | None
    asked_time: datetime
    deadline: datetime | None
    on_timeout: ApprovalTimeout | None
    """What happens at an approval's deadline; null: it has none."""
    choices: list[ChoiceView]


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
    health_gate: HealthGate
    """NONE: the plan checks no health, so launched is all that is known."""
    jobs: list[JobView]
    question: QuestionView | None
    decisions: list[Decision]
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
    health: str | None
    """What the last health check found, in words; null: never checked."""


class ExecutionSummary(Model):
    """An execution in a list."""

    execution_id: str
    execution_arn: str | None
    plan_id: str
    plan_name: str | None
    plan_version: int | None
    execution_type: ExecutionType
    status: ExecutionStatus
    awaiting: list[str]
    """The waves that wait for a person's decision, also in a pause and after a cancel."""
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
    orphan_jobs: list[str]
    """DRS jobs with its tags that none of its launches knows."""
    reconciler_problem: str | None
    """Why nothing looks after it should its workflow be stopped."""
    clean_up_time: datetime | None
    """When its instances are terminated by themselves."""
    clean_up_problem: str | None
    """Why that could not be scheduled, or that it is overdue."""
    clean_up: CleanUpView | None
    """Null: never asked for."""


def summarize(execution: Execution) -> ExecutionSummary:
    """Return the execution as in a list."""
    summary = execution.narrowed_to(ExecutionSummary)
    return summary.changed(status=execution.shown_status)


class Records(NamedTuple):
    """Everything that is stored of one execution, as far as people see it."""

    execution: Execution
    waves: Sequence[WaveRecord] = ()
    servers: Sequence[RecoveredServer] = ()
    intents: Sequence[Intent] = ()
    decisions: Sequence[Decision] = ()
    clean_up: CleanUp | None = None
    terminations: Sequence[Termination] = ()
    actions: Sequence[ActionRecord] = ()


def view(records: Records, now: datetime) -> ExecutionView:
    """Return the execution in full."""
    # Of the waves themselves: the header, which lists show, may not have heard of an answer yet.
    asking = [wave.name for wave in records.waves if wave.question]
    return ExecutionView(
        **dict(summarize(records.execution.changed(awaiting=asking))),
        now=now,
        waves=[_wave(wave, records) for wave in records.waves],
        servers=[server.narrowed_to(ServerView) for server in records.servers],
        orphan_jobs=records.execution.orphan_jobs,
        reconciler_problem=records.execution.reconciler_problem,
        clean_up_time=records.execution.clean_up_time,
        clean_up_problem=_clean_up_problem(records, now),
        clean_up=clean_up_view(records.clean_up, records.terminations),
    )


def _clean_up_problem(records: Records, now: datetime) -> str | None:
    """Return what is wrong with the promise, also where whoever was to write it down could not."""
    missed = None if records.clean_up else why_missed(records.execution, now)
    return records.execution.clean_up_problem or missed


def _wave(wave: WaveRecord, records: Records) -> WaveView:
    intents = [intent for intent in records.intents if intent.wave == wave.name]
    servers = [server for server in records.servers if server.wave == wave.name]
    return WaveView(
        name=wave.name,
        status=wave.status,
        reason=_reason(wave, servers, intents),
        start_time=wave.start_time,
        end_time=wave.end_time,
        depends_on=wave.depends_on,
        server_count=wave.server_count,
        servers_launched=sum(server.launch_status == "LAUNCHED" for server in servers),
        health_gate=gate_of(wave, servers),
        jobs=[
            JobView(job_id=intent.job_id, servers=intent.source_server_ids)
            for intent in intents
            if intent.job_id
        ],
        question=_question(wave.question, wave) if wave.question else None,
        decisions=[decision for decision in records.decisions if decision.wave == wave.name],
        actions=view_actions(wave, records.actions),
    )


def _question(question: Question, wave: WaveRecord) -> QuestionView:
    choices = [ChoiceView(decision=c, effect=effect) for c, effect in question.choices.items()]
    timed = wave.approval if question.deadline else None
    on_timeout = timed.on_timeout if timed else None
    return QuestionView(**dict(question), on_timeout=on_timeout, choices=choices)


def _reason(
    wave: WaveRecord, servers: Sequence[RecoveredServer], intents: Sequence[Intent]
) -> str | None:
    """Return why the wave is where it is, else what holds it up, as far as that is known.

    Jobs may outlive the workflow of their wave.
    """
    running = [i.job_id or "one without an answer" for i in intents if i.status.may_have_job]
    if wave.status.is_final and running:
        return f"{wave.reason}; unknown is what becomes of its jobs: {', '.join(running)}"
    if wave.status is WaveStatus.VERIFYING:
        # What is stored may be the question before this look.
        return unhealthy(servers)
    if wave.reason or wave.status.is_final:
        return wave.reason
    return next((i.reason for i in intents if not i.status.is_final and i.reason), None)
