"""Execution status changed: a workflow of ours has ended, a whole one or that of one wave.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.reconciliation import ReconciliationUseCases
from drs_orchestrator.domain.workflow_state import WorkflowState, WorkflowStatus
from drs_orchestrator.events.envelope import Event, Received, read
from drs_orchestrator.settings import read_settings


class StatusDetail(Received):
    """`input` is JSON text, absent where it is large."""

    execution_arn: str
    name: str
    status: WorkflowStatus
    input: str | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def is_of_a_wave(self) -> bool:
        """Whether it is a child: its ARN names the machine, then the Map's label."""
        return "/" in self.execution_arn

    @property
    def is_of_a_clean_up(self) -> bool:
        """Whether it carried out a clean-up: its ARN names the machine before itself."""
        machine = self.execution_arn.split(":")[-2]
        return machine == read_settings().clean_up_state_machine_name

    @property
    def state(self) -> WorkflowState:
        """How the workflow ended."""
        return WorkflowState(status=self.status, error=self.error, cause=self.cause)


class StatusChange(Received):
    """`Step Functions Execution Status Change`."""

    detail: StatusDetail


class CleanUpInput(Received):
    """The input of a clean-up's workflow."""

    execution_id: str


class WaveInput(Received):
    """The input of a wave's workflow."""

    execution_id: str
    wave: str


def handler(event: Event, _context: object) -> None:
    """Reconcile the execution; a wave or a clean-up that died alone ends."""
    change = read(StatusChange, event)
    if change is None or change.detail.status is WorkflowStatus.RUNNING:
        return
    detail = change.detail
    if detail.is_of_a_clean_up:
        _hear_of_clean_up(detail)
        return
    if not detail.is_of_a_wave:
        use_cases(ReconciliationUseCases).reconcile_execution(detail.name, detail.state)
        return
    wave = read(WaveInput, _parsed(detail.input))
    if wave:
        # First the whole: if that was stopped, its waves were with it.
        use_cases(ReconciliationUseCases).reconcile_execution(wave.execution_id)
        if detail.status is not WorkflowStatus.SUCCEEDED:
            use_cases(ReconciliationUseCases).end_dead_wave(
                wave.execution_id, wave.wave, detail.state
            )


def _hear_of_clean_up(detail: StatusDetail) -> None:
    asked = read(CleanUpInput, _parsed(detail.input))
    if asked:
        end = use_cases(ReconciliationUseCases).end_dead_clean_up
        end.heard(asked.execution_id, detail.name, detail.state)


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text or "")
    except ValueError:
        return None
