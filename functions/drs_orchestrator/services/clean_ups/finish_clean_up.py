"""Finish the clean-up of a drill: its verdict, and what is left."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.clean_up import (
    CleanUp,
    Progress,
    begin_clean_up,
    check_may_be_cleaned_up,
    end_clean_up,
)
from drs_orchestrator.domain.errors import CleanUpRefused, ExecutionNotFound, shortened
from drs_orchestrator.domain.workflow_state import WorkflowState
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.clean_ups.check_termination import give_up

logger = logging.getLogger(__name__)


class FinishCleanUp:
    """The workflow's last step, also after anything above it failed; needs the tables only."""

    def __init__(self, executions: Executions, clean_ups: CleanUps, clock: Clock) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._clock = clock

    def __call__(self, execution_id: str, error: str | None, workflow: str) -> CleanUp | None:
        """Return the ended clean-up; None if there is nothing that may be cleaned up.

        `error` is what made the workflow give up. What another workflow carries out is left alone,
        and still runs: its end is looked for by its own name.
        """
        clean_up = self._clean_ups.find(execution_id) or self._unbegun(execution_id, workflow)
        if clean_up and clean_up.runs and clean_up.workflow == workflow:
            return self._end(clean_up.changed(progress=Progress.OVER), error)
        return clean_up

    def in_place_of(self, clean_up: CleanUp, workflow: WorkflowState) -> CleanUp:
        """Finish a clean-up whose workflow ended without doing so; terminates nothing.

        Raises StaleVersion if it was asked for again, or has ended, since it was read.
        """
        progress = Progress.OVER if workflow.has_ended else clean_up.progress
        clean_up = clean_up.changed(progress=progress)
        return self._end(clean_up, shortened(f"its workflow {workflow.said}"))

    def unbegun(self, execution_id: str, workflow: str | None, reason: str) -> CleanUp | None:
        """Write down that nobody began the clean-up, as a workflow that is over should have.

        `workflow` None: none is known, and one may yet come. Returns None if no clean-up may be.
        Raises StaleVersion if somebody began it meanwhile.
        """
        clean_up = self._unbegun(execution_id, workflow)
        if clean_up is None:
            return None
        clean_up = clean_up.changed(progress=Progress.OVER if workflow else Progress.EXPECTED)
        return self._end(clean_up, shortened(reason))

    def _unbegun(self, execution_id: str, workflow: str | None) -> CleanUp | None:
        """Return the first clean-up of a drill, which nobody has written down yet."""
        try:
            check_may_be_cleaned_up(self._executions.get(execution_id))
        except (ExecutionNotFound, CleanUpRefused):
            return None
        return begin_clean_up(
            execution_id, None, requested_by=None, now=self._clock.now(), workflow=workflow
        )

    def _end(self, clean_up: CleanUp, error: str | None) -> CleanUp:
        """Write the verdict; from the first write on, steps that are still under way write nothing.

        Raises StaleVersion if the record has moved on since it was read.
        """
        id_ = clean_up.execution_id
        if clean_up.version:
            clean_up = self._clean_ups.save(clean_up)
        reason = error or "its workflow ended without a result"
        terminations = give_up(self._clean_ups, clean_up, reason)
        ended = end_clean_up(clean_up, terminations, error, self._clock.now())
        logger.info("clean-up of %s %s: %s", id_, ended.status, ended.reason)
        return self._clean_ups.save(ended)
