"""Start the clean-up of a drill: write its record first, then start its workflow."""

from __future__ import annotations

from drs_orchestrator.domain.clean_up import (
    CleanUp,
    CleanUpStatus,
    begin_clean_up,
    check_may_be_cleaned_up,
)
from drs_orchestrator.domain.errors import StaleVersion, WorkflowUnavailable, shortened
from drs_orchestrator.domain.workflow_state import WorkflowStatus
from drs_orchestrator.ports.clean_ups import CleanUps, CleanUpWorkflow
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.executions.watch_execution import WatchExecution


class StartCleanUp:
    """Asking twice is asking once: what runs goes on, what ended looks again at what is left."""

    def __init__(
        self,
        executions: Executions,
        clean_ups: CleanUps,
        workflow: CleanUpWorkflow,
        watch: WatchExecution,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._workflow = workflow
        self._watch = watch
        self._clock = clock

    def __call__(self, execution_id: str, actor: str) -> None:
        """Let a clean-up of the drill run.

        Raises ExecutionNotFound, CleanUpRefused or WorkflowUnavailable.
        """
        check_may_be_cleaned_up(self._executions.get(execution_id))
        before = self._clean_ups.find(execution_id)
        if before and before.runs and self._is_at_work(before):
            return
        # Before record and start: wherever we or the workflow die, somebody looks for the end.
        self._watch(execution_id)
        clean_up = self._open(execution_id, actor, before)
        if clean_up is None:
            return
        # And after the record: who looked before it was written may have taken leave since.
        self._watch(execution_id)
        try:
            self._workflow.start(clean_up.workflow, execution_id)
        except WorkflowUnavailable as error:
            if self._give_up(clean_up, error):
                raise

    def _is_at_work(self, clean_up: CleanUp) -> bool:
        return self._workflow.state(clean_up.workflow).status is WorkflowStatus.RUNNING

    def _open(self, execution_id: str, actor: str, before: CleanUp | None) -> CleanUp | None:
        """Write the record of the next attempt; None if somebody asked at the same moment."""
        while True:
            now = self._clock.now()
            next_one = begin_clean_up(execution_id, before, requested_by=actor, now=now)
            try:
                return self._clean_ups.save(next_one)
            except StaleVersion:
                before = self._clean_ups.find(execution_id)
            if before and before.runs:
                return None
            # It was not asked for, but ended: by the reconciler, or by its own last step.

    def _give_up(self, clean_up: CleanUp, error: WorkflowUnavailable) -> bool:
        """Close the record, unless the workflow is at work and only the answer was lost.

        One that begins after this finds it closed, and opens it again.
        """
        try:
            self._clean_ups.save(
                clean_up.changed(
                    status=CleanUpStatus.INCOMPLETE,
                    reason=shortened(str(error)),
                    end_time=self._clock.now(),
                )
            )
        except StaleVersion:
            return False
        return True
