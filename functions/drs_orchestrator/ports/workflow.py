"""Step Functions, as far as it carries out recoveries."""

from __future__ import annotations

from typing import Protocol

from drs_orchestrator.domain.execution import ExecutionRequest
from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.workflow_state import WorkflowState


class Workflow(Protocol):
    """Step Functions."""

    def start(self, execution_id: str, request: ExecutionRequest) -> str:
        """Start the recovery and return the execution's ARN.

        Raises ExecutionExists or WorkflowUnavailable.
        """
        ...

    def state(self, execution_id: str) -> WorkflowState:
        """Return how the execution's workflow is, a moment ago maybe; raise WorkflowUnavailable."""
        ...

    def state_of_wave(self, workflow_arn: str) -> WorkflowState:
        """Return how the workflow of one wave is, a moment ago maybe; raise WorkflowUnavailable."""
        ...

    def ring(self, bell: str, step: Step) -> bool:
        """Wake the wait that holds the token; return whether one rested."""
        ...
