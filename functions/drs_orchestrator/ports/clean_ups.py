"""Where clean-ups are kept, and what carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.termination import Termination
from drs_orchestrator.domain.workflow_state import WorkflowState


class CleanUps(Protocol):
    """Stored clean-ups: one record per drill, and one termination per server of it."""

    def find(self, execution_id: str) -> CleanUp | None:
        """Return the clean-up of an execution, if one was ever asked for."""
        ...

    def save(self, clean_up: CleanUp) -> CleanUp:
        """Replace the clean-up of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def terminations(self, execution_id: str) -> list[Termination]:
        """Return the terminations in the order of account, Region and server."""
        ...

    def save_terminations(
        self, clean_up: CleanUp, terminations: Sequence[Termination]
    ) -> list[Termination]:
        """Replace terminations of the same versions and return them one version on.

        Raises StaleVersion, also if `clean_up` itself has moved on: what is outdated notes
        nothing, and so sends nothing. Those before the first that moved on are written then.
        """
        ...


class CleanUpWorkflow(Protocol):
    """Step Functions, as far as it carries out clean-ups."""

    def start(self, name: str, execution_id: str) -> None:
        """Start the clean-up of an execution; a name that was started before stays as it is.

        Raises WorkflowUnavailable.
        """
        ...

    def state(self, name: str) -> WorkflowState:
        """Return how the named clean-up is, a moment ago maybe; raise WorkflowUnavailable."""
        ...
