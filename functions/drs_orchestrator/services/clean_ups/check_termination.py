"""Check the terminations of a drill: follow their jobs to the end, or give up in time."""

from __future__ import annotations

from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.step import CHECK_INTERVAL_SECONDS, Next, Step
from drs_orchestrator.domain.termination import Termination, given_up
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.clean_ups.look_at_drill import LookAtDrill


class CheckTermination:
    """What is not gone by the deadline is listed as left, with the last known reason."""

    def __init__(
        self, executions: Executions, clean_ups: CleanUps, look: LookAtDrill, clock: Clock
    ) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._look = look
        self._clock = clock

    def __call__(self, execution_id: str) -> Step:
        """Return COMPLETE when every termination has its result, START when one may be sent."""
        clean_up = self._clean_ups.find(execution_id)
        if clean_up is None or not clean_up.runs:
            return Step(next=Next.COMPLETE, wait_seconds=0)
        look = self._look(self._executions.get(execution_id), clean_up)
        if all(each.result for each in look.terminations):
            return Step(next=Next.COMPLETE, wait_seconds=0)
        if self._clock.now() >= clean_up.deadline:
            give_up(self._clean_ups, clean_up, "not gone by the deadline")
            return Step(next=Next.COMPLETE, wait_seconds=0)
        following = Next.START if look.ready else Next.WAIT
        return Step(next=following, wait_seconds=CHECK_INTERVAL_SECONDS)


def give_up(clean_ups: CleanUps, clean_up: CleanUp, reason: str) -> list[Termination]:
    """List as left what has no result, and write it; return all terminations.

    Raises StaleVersion if the clean-up has moved on since it was read.
    """
    terminations = clean_ups.terminations(clean_up.execution_id)
    open_ = [each for each in terminations if each.result is None]
    left = clean_ups.save_terminations(clean_up, [given_up(each, reason) for each in open_])
    return [*(each for each in terminations if each.result), *left]
