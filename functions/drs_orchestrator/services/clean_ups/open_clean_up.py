"""Open the clean-up of a drill for the workflow that is to carry it out."""

from __future__ import annotations

from drs_orchestrator.domain.clean_up import CleanUp, Progress, begin_clean_up
from drs_orchestrator.domain.errors import CleanUpRefused, CleanUpRuns, StaleVersion
from drs_orchestrator.domain.workflow_state import WorkflowStatus, clean_up_has_died
from drs_orchestrator.ports.clean_ups import CleanUps, CleanUpWorkflow
from drs_orchestrator.ports.time_and_names import Clock


class OpenCleanUp:
    """One workflow at a time: what is at work goes on, what has died is taken over."""

    def __init__(self, clean_ups: CleanUps, workflow: CleanUpWorkflow, clock: Clock) -> None:
        self._clean_ups = clean_ups
        self._workflow = workflow
        self._clock = clock

    def __call__(self, execution_id: str, workflow: str, requested_by: str | None) -> CleanUp:
        """Return the running clean-up of `workflow`: asked for before, or by a schedule or by hand.

        Raises CleanUpRuns if another workflow is at work, CleanUpRefused if `workflow` is over,
        WorkflowUnavailable if nobody can tell, and StaleVersion if it is too early to tell.
        """
        before = self._clean_ups.find(execution_id)
        if before and before.is_for(workflow):
            return self._begin(before)
        if before:
            self._check_goes_on(workflow, before)
            if before.runs:
                self._check_has_died(before)
        after = begin_clean_up(
            execution_id,
            before,
            requested_by=requested_by,
            now=self._clock.now(),
            workflow=workflow,
        )
        return self._clean_ups.save(after)

    def _begin(self, clean_up: CleanUp) -> CleanUp:
        """Note that the workflow is at work: whoever lost the answer to its start sees it then."""
        if clean_up.progress is Progress.AT_WORK:
            return clean_up
        return self._clean_ups.save(clean_up.changed(progress=Progress.AT_WORK))

    def _check_goes_on(self, workflow: str, before: CleanUp) -> None:
        """Refuse a call whose answer got lost, and that went on until its workflow was over.

        Nobody would look after what it opened. Between its last step and its end Step Functions
        still says RUNNING; the record knows better.
        """
        if before.is_over_for(workflow) or self._workflow.state(workflow).has_ended:
            what = f"clean-up of '{before.execution_id}'"
            raise CleanUpRefused(f"{what}: workflow '{workflow}' is over and opens nothing more")

    def _check_has_died(self, clean_up: CleanUp) -> None:
        state = self._workflow.state(clean_up.workflow)
        if clean_up_has_died(clean_up, state, self._clock.now()):
            return
        what = f"clean-up of '{clean_up.execution_id}': workflow '{clean_up.workflow}'"
        if state.status is WorkflowStatus.ABSENT:
            # Were we to end, and it never began, nobody would clean up.
            raise StaleVersion(f"{what} may begin at any moment")
        raise CleanUpRuns(f"{what} is at work")
