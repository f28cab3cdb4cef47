"""Automation executions: what Systems Manager remembers, and how it shows them.

An execution's status follows from its script and the time alone; nothing runs in the background.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.drs.ids import partition
from local.protocols.requests import Document
from local.ssm.documents import DocumentScript


@dataclass(frozen=True)
class SsmTiming:
    """What AWS publishes no figures for.

    pending_seconds: until an execution is InProgress. stopping_seconds: from a stop to its end.
    agent_online_after_seconds: from an instance's launch to its agent's first ping.
    ping_seconds: between two pings of an agent (5 minutes, as documented).
    """

    pending_seconds: float = 1.0
    stopping_seconds: float = 2.0
    agent_online_after_seconds: float = 90.0
    ping_seconds: float = 300.0


@dataclass
class Execution:
    """One automation. `stop_type`: Cancel or Complete, once it was stopped."""

    execution_id: str
    account_id: str
    region: str
    document_name: str
    document_version: str
    parameters: dict[str, list[str]]
    mode: str
    client_token: str | None
    started_at: datetime
    script: DocumentScript
    stopped_at: datetime | None = None
    stop_type: str | None = None

    @property
    def request(self) -> tuple[str, str, dict[str, list[str]], str]:
        """What a repeated request with the same client token has to ask for."""
        return self.document_name, self.document_version, self.parameters, self.mode

    def ended_at(self, timing: SsmTiming, at: datetime) -> datetime | None:
        """Return when it ended, None if it has not at time `at`."""
        end = self._end(timing)
        return end if end is not None and end <= at else None

    def status(self, timing: SsmTiming, at: datetime) -> str:
        """Return its AutomationExecutionStatus at time `at`."""
        if self.ended_at(timing, at) is not None:
            return self._final_status()
        if self.stop_type == "Cancel":
            return "Cancelling"
        if at < self.started_at + timedelta(seconds=timing.pending_seconds):
            return "Pending"
        return "Waiting" if self.script.waiting else "InProgress"

    def _end(self, timing: SsmTiming) -> datetime | None:
        if self.stopped_at is not None:
            stuck = self.stop_type == "Cancel" and self.script.ignores_cancel
            return None if stuck else self.stopped_at + timedelta(seconds=timing.stopping_seconds)
        if self.script.hang:
            return None
        return self.started_at + timedelta(seconds=timing.pending_seconds + self.script.seconds)

    def _final_status(self) -> str:
        if self.stop_type is None:
            return self.script.status
        # AWS documents no status for Complete; an automation that was completed succeeded.
        return "Cancelled" if self.stop_type == "Cancel" else "Success"


@dataclass
class Memory:
    """Everything that Automation remembers; executions in the order of their start."""

    executions: list[Execution] = field(default_factory=list)

    def starts_of(self, account_id: str, region: str, document_name: str) -> int:
        """Return how often a document was started in an account and Region."""
        return sum(
            (each.account_id, each.region, each.document_name)
            == (account_id, region, document_name)
            for each in self.executions
        )

    def within(self, account_id: str, region: str) -> list[Execution]:
        """Return the executions of an account and Region."""
        return [
            each
            for each in self.executions
            if (each.account_id, each.region) == (account_id, region)
        ]


def summary(execution: Execution, timing: SsmTiming, at: datetime) -> Document:
    """Return what Get and Describe show alike; outputs and failure only of one that has ended."""
    ended_at = execution.ended_at(timing, at)
    by_script = ended_at is not None and execution.stop_type is None
    arn = f"arn:{partition(execution.region)}:sts::{execution.account_id}:assumed-role/local/local"
    return {
        "AutomationExecutionId": execution.execution_id,
        "DocumentName": execution.document_name,
        "DocumentVersion": execution.document_version,
        "AutomationExecutionStatus": execution.status(timing, at),
        "ExecutionStartTime": execution.started_at,
        "ExecutionEndTime": ended_at,
        "ExecutedBy": arn,
        "Mode": execution.mode,
        "Outputs": execution.script.outputs if by_script else {},
        "FailureMessage": execution.script.failure_message if by_script else None,
    }
