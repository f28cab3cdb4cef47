"""Where the workflow goes on with a wave that a person has decided about."""

from __future__ import annotations

from drs_orchestrator.domain.step import HOLD_SECONDS, Next, Step
from drs_orchestrator.domain.wave import AT_REST, WavePhase, WaveRecord


def following(wave: WaveRecord) -> Step:
    """Return where the workflow goes on with a wave whose question is answered or withdrawn."""
    if wave.aborted_by:
        return Step(next=Next.FAIL, wait_seconds=0)
    if wave.skipped_by or wave.status.is_final:
        return Step(next=Next.COMPLETE, wait_seconds=0)
    if wave.status in AT_REST:
        return Step(next=Next.HOLD, wait_seconds=HOLD_SECONDS)
    return Step(next=_WAYS[wave.phase], wait_seconds=0)


_WAYS = {
    WavePhase.GATE: Next.WAIT,
    WavePhase.BEFORE: Next.ACT,
    WavePhase.LAUNCH: Next.WAIT,
    WavePhase.HEALTH: Next.VERIFY,
    WavePhase.AFTER: Next.ACT,
}
