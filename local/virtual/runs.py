"""Executions of Step Functions as the interpreter keeps them: state, history and what AWS counts.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from local.events.status_changes import StatusChange
from local.virtual.paths import Json
from local.virtual.states import Machine

_ENTERED = "StateEntered"


class HistoryEvent(NamedTuple):
    """One event of a history; `name` is the state's, or that of the error."""

    at: datetime
    type: str
    name: str = ""

    @property
    def enters(self) -> bool:
        """Whether a state is entered."""
        return self.type.endswith(_ENTERED)


@dataclass
class Run:
    """An execution, or the child of a distributed map. `status` as DescribeExecution says it.

    `transitions` is what AWS bills: every state entered, and every retry. `largest_state_bytes` is
    that of the largest document that a state took or gave: its input, what it hands to a function,
    the answer of a function or a map before any of it is left out, the last output.
    """

    arn: str
    name: str
    machine_arn: str
    machine: Machine
    input: Json
    started_at: datetime
    parent: Run | None = None
    item: Mapping[str, Json] = field(default_factory=dict)
    status: str = "RUNNING"
    stopped_at: datetime | None = None
    output: Json = None
    error: str | None = None
    cause: str | None = None
    transitions: int = 0
    largest_state_bytes: int = 0
    history: list[HistoryEvent] = field(default_factory=list)
    children: list[Run] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    @property
    def states(self) -> list[str]:
        """The states entered so far, in order."""
        return [event.name for event in self.history if event.enters]

    def note(self, at: datetime, type_: str, name: str = "") -> None:
        """Add an event to the history."""
        self.history.append(HistoryEvent(at, type_, name))

    def end(self, at: datetime, status: str) -> None:
        """Write the end into status and history."""
        self.status, self.stopped_at = status, at
        words = {"ABORTED": "Aborted", "FAILED": "Failed", "SUCCEEDED": "Succeeded"}
        self.note(at, f"Execution{words[status]}", self.error or "")

    def change(self) -> StatusChange:
        """Return what Step Functions tells the event bus of the execution as it is now."""
        succeeded = self.status == "SUCCEEDED"
        return StatusChange(
            execution_arn=self.arn,
            state_machine_arn=self.machine_arn,
            status=self.status,
            started_at=self.started_at,
            stopped_at=self.stopped_at,
            input=json.dumps(self.input),
            output=json.dumps(self.output) if succeeded else None,
            error=self.error,
            cause=self.cause,
        )
