"""May this wave go? One pure function, asked whenever something changed that could answer it.

It is about the gates, in this order: the execution, the dependencies, the approval, a pause. What
follows is not asked here: the actions before the launch, then room in DRS, chunk by chunk
(`quota.admit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from drs_orchestrator.domain.execution import RUN_DEADLINE, Execution
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.wave import WaveRecord


class Answer(StrEnum):
    """What a wave at rest may do."""

    PROCEED = "PROCEED"
    HOLD = "HOLD"
    SKIP = "SKIP"
    CANCEL = "CANCEL"


class Clearance(Model):
    """The answer and its reason in words for a person."""

    answer: Answer
    reason: str | None = None
    asks: bool = False
    """HOLD until a person approves."""


def clear_wave(
    wave: WaveRecord, waves: Mapping[str, WaveRecord], execution: Execution
) -> Clearance:
    """Decide over one wave whose launch has not begun, from the other waves and the execution."""
    closed = _closed(wave, execution)
    if closed:
        return closed
    return _over_dependencies(wave, waves) or _over_people(wave, execution)


def _over_dependencies(wave: WaveRecord, waves: Mapping[str, WaveRecord]) -> Clearance | None:
    """Return why the wave waits for others, or will wait in vain; None: it does not."""
    dependencies = [waves[name] for name in wave.depends_on]
    lost = [d for d in dependencies if d.status.is_final and not d.satisfies_dependents]
    if lost:
        reasons = [f"it depends on wave '{d.name}', which is {d.status}" for d in lost]
        return Clearance(answer=Answer.SKIP, reason="; ".join(reasons))
    awaited = [d.name for d in dependencies if not d.satisfies_dependents]
    if awaited:
        return Clearance(answer=Answer.HOLD, reason=f"waits for {', '.join(awaited)}")
    return None


def _over_people(wave: WaveRecord, execution: Execution) -> Clearance:
    """Decide over approval and pause."""
    if wave.rejected_by:
        return Clearance(answer=Answer.SKIP, reason=f"rejected by {wave.rejected_by}")
    if wave.approval and not wave.approved_by:
        reason = f"waits for approval by {wave.approval.role}: {wave.approval.message}"
        return Clearance(answer=Answer.HOLD, reason=reason, asks=True)
    if execution.paused_by:
        reason = f"the execution was paused by {execution.paused_by}"
        return Clearance(answer=Answer.HOLD, reason=reason)
    return Clearance(answer=Answer.PROCEED)


def _closed(wave: WaveRecord, execution: Execution) -> Clearance | None:
    """Return why nothing new starts in the execution any more, or None."""
    if execution.cancelled_by:
        reason = f"the execution was cancelled by {execution.cancelled_by}"
        return Clearance(answer=Answer.CANCEL, reason=reason)
    if execution.aborted_by:
        reason = f"the execution was aborted by {execution.aborted_by}"
        return Clearance(answer=Answer.SKIP, reason=reason)
    if execution.overran_time:
        reason = f"the execution was not done within {RUN_DEADLINE.days} days"
        return Clearance(answer=Answer.CANCEL, reason=reason)
    if execution.status.is_final or execution.finishing_time:
        reason = "the execution has ended"
        return Clearance(answer=Answer.SKIP, reason=reason)
    if execution.stopped_by and execution.stopped_by != wave.name:
        reason = f"wave '{execution.stopped_by}' failed and its policy is STOP"
        return Clearance(answer=Answer.SKIP, reason=reason)
    return None
