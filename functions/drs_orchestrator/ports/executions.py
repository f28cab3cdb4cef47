"""Where executions are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, Unpack

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.decision import Decision, QuestionKind
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.wave import WaveChanges, WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.ports.page import Page


class Executions(Protocol):
    """Stored executions: header, waves, servers and intents, small items of their own."""

    def create(self, execution: Execution) -> None:
        """Store a new header; raise ExecutionExists."""
        ...

    def get(self, execution_id: str) -> Execution:
        """Return the header; raise ExecutionNotFound."""
        ...

    def save(self, execution: Execution) -> Execution:
        """Replace the header of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def page(self, plan_id: str | None, limit: int, next_token: str | None) -> Page[Execution]:
        """Return headers, newest first, of one plan or of all."""
        ...

    def write_snapshot(
        self,
        execution: Execution,
        waves: Sequence[WaveRecord],
        servers: Sequence[RecoveredServer],
        intents: Sequence[Intent],
    ) -> None:
        """Replace waves, servers and intents of an execution that has not begun.

        Raises StaleVersion as soon as `execution.preparation` is no longer the stored fence.
        """
        ...

    def waves(self, execution_id: str) -> list[WaveRecord]:
        """Return the waves in the order of their positions."""
        ...

    def wave(self, execution_id: str, name: str) -> WaveRecord:
        """Return one wave; raise WaveNotFound."""
        ...

    def hang_bell(self, execution_id: str, wave: str, bell: Bell) -> None:
        """Note the bell to ring when the wave may go on."""
        ...

    def move_wave(
        self,
        execution_id: str,
        wave: str,
        allowed: Collection[WaveStatus],
        status: WaveStatus,
        *,
        asked: int | None = None,
        unanswered: bool = False,
        in_phase: WavePhase | None = None,
        **changes: Unpack[WaveChanges],
    ) -> bool:
        """Set the wave's status and more if it is one of `allowed`; return whether it was.

        `asked`: and only if its attempt is this one; `unanswered`: and nobody has answered that;
        `in_phase`: and only in this phase.
        """
        ...

    def decide(self, execution_id: str, decision: Decision, kind: QuestionKind) -> None:
        """Record the answer to the question of that kind that the wave asks now.

        Raises StaleDecision, or ExecutionClosed where nobody need answer any more: so an answer
        that is taken is carried out, though somebody cancels in the same moment.
        """
        ...

    def decision(self, execution_id: str, wave: str, attempt: int) -> Decision | None:
        """Return the answer to one question, None if nobody has given one."""
        ...

    def decisions(self, execution_id: str, wave: str | None = None) -> list[Decision]:
        """Return the decisions over one wave or all, in the order of attempts."""
        ...

    def servers(self, execution_id: str, wave: str | None = None) -> list[RecoveredServer]:
        """Return the servers of one wave or of all."""
        ...

    def save_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write servers; one that has its verdict already, or is another attempt's, stays."""
        ...

    def save_health(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write verdict and health of servers of one wave that are LAUNCHED by the same attempt as
        stored; none once the wave has left its health checks.
        """
        ...

    def actions(self, execution_id: str, wave: str | None = None) -> list[ActionRecord]:
        """Return the stored actions of one wave or of all, those before the launch first."""
        ...

    def save_action(
        self, execution_id: str, action: ActionRecord, *, asked: int | None = None
    ) -> ActionRecord:
        """Replace the action of the same version and return it one version on.

        `asked`: only while its wave asks the question of that number. Raises StaleVersion.
        """
        ...

    def begin_action(
        self, execution_id: str, action: ActionRecord, *, after_launch: bool
    ) -> ActionRecord:
        """As `save_action`, with proof in one transaction that the execution may still start it.

        `after_launch`: neither a pause nor a STOP stands in the way. Raises ExecutionPaused,
        ExecutionClosed or StaleVersion.
        """
        ...

    def reopen_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Replace servers of earlier attempts that did not come up."""
        ...

    def add_intents(self, intents: Sequence[Intent]) -> None:
        """Write new intents; one that exists stays as it is."""
        ...

    def intents(self, execution_id: str, wave: str | None = None) -> list[Intent]:
        """Return the intents of one wave or of all, in the order of attempt and chunk."""
        ...

    def save_intent(self, intent: Intent) -> Intent:
        """Replace the intent of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def narrow_intent(self, intent: Intent, judged: Sequence[RecoveredServer]) -> Intent:
        """Take servers out of the intent as they get their verdict, in one; return it as after.

        Raises StaleVersion if the intent is of another version, or a server has its verdict.
        """
        ...

    def send_intent(self, intent: Intent) -> Intent:
        """As `save_intent`, in one transaction with proof that the execution may still start jobs.

        Raises ExecutionPaused, ExecutionClosed or StaleVersion.
        """
        ...
