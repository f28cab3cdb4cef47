"""What runs the actions of a wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.server import Place


class Automations(Protocol):
    """Systems Manager Automation in one account and Region."""

    def start(self, document_name: str, parameters: Mapping[str, Sequence[str]], token: str) -> str:
        """Start an automation, or find the one that the token has started; return its id.

        Raises ActionRefused, or ActionUnavailable: it may have been started.
        """
        ...

    def look(self, run_id: str) -> Outcome | None:
        """Return how the automation ended, None while it runs; raise ActionUnavailable."""
        ...

    def stop(self, run_id: str) -> None:
        """Tell the automation to stop; one that has ended is let be. Raises ActionUnavailable."""
        ...


class Functions(Protocol):
    """The Lambda functions of one account and Region."""

    def call(self, name: str, event: Mapping[str, Any], timeout_seconds: int) -> Outcome:
        """Invoke a function and wait for its answer; none in time is a failure.

        Raises ActionRefused, or ActionUnavailable: it may have run.
        """
        ...

    def send(self, name: str, event: Mapping[str, Any]) -> str:
        """Let Lambda invoke a function some time soon and return the request's id.

        Raises ActionRefused, or ActionUnavailable: it may run.
        """
        ...


class ActionSites(Protocol):
    """What runs actions, wherever the product may act."""

    def automations(self, place: Place) -> Automations:
        """Return Automation of an account and Region; raise AccountUnreachable."""
        ...

    def functions(self, place: Place) -> Functions:
        """Return the functions of an account and Region; raise AccountUnreachable."""
        ...
