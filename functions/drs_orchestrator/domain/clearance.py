"""May this wave go? One pure function, asked whenever something changed that could answer it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from drs_orchestrator.domain.execution import Execution
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


def clear_wave(
    wave: WaveRecord, waves: Mapping[str, WaveRecord], execution: Execution
) -> Clearance:
    """Decide over one wave that has not begun, from the other waves and the execution."""
    closed = _closed(wave, execution)
    if closed:
        return closed
    dependencies = [waves[name] for name in wave.depends_on]
    lost = [d for d in dependencies if d.status.is_final and not d.status.came_up]
    if lost:
        reasons = [f"it depends on wave '{d.name}', which is {d.status}" for d in lost]
        return Clearance(answer=Answer.SKIP, reason="; ".join(reasons))
    awaited = [d.name for d in dependencies if not d.status.came_up]
    if awaited:
        return Clearance(answer=Answer.HOLD, reason=f"waits for {', '.join(awaited)}")
    if execution.paused_by:
        reason = f"the execution was paused by {execution.paused_by}"
        return Clearance(answer=Answer.HOLD, reason=reason)
    return Clearance(answer=Answer.PROCEED)


def _closed(wave: WaveRecord, execution: Execution) -> Clearance | None:
    """Return why nothing new starts in the execution any more, or None."""
    if execution.cancelled_by:
        reason = f"the execution was cancelled by {execution.cancelled_by}"
        return Clearance(answer=Answer.CANCEL, reason=reason)
    if execution.status.is_final or execution.finishing_time:
        reason = "the execution has ended"
        return Clearance(answer=Answer.SKIP, reason=reason)
    if execution.stopped_by and execution.stopped_by != wave.name:
        reason = f"wave '{execution.stopped_by}' failed and its policy is STOP"
        return Clearance(answer=Answer.SKIP, reason=reason)
    return None
