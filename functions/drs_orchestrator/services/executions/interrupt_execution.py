"""Interrupt an execution that nothing follows any more, because the laptop's engine died."""

from __future__ import annotations

from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.wave import NOT_ENDED, WaveStatus
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.executions.lock_servers import LockServers

_REASON = "the local engine stopped while the execution ran"


class InterruptExecution:
    """Says so plainly: never RUNNING with nothing running."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, lock_servers: LockServers, clock: Clock
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._lock_servers = lock_servers
        self._clock = clock

    def all_live(self) -> list[Execution]:
        """Interrupt every execution without a verdict and return them."""
        interrupted: list[Execution] = []
        token: str | None = None
        while True:
            page = self._executions.page(None, 100, token)
            interrupted += [self(each) for each in page.items if not each.status.is_final]
            token = page.next_token
            if token is None:
                return interrupted

    def __call__(self, execution: Execution) -> Execution:
        """Return the execution as INTERRUPTED; its waves keep what they reached."""
        id_ = execution.execution_id
        for intent in self._executions.intents(id_):
            if intent.may_be_given_up:
                self._ledgers.release(intent.changed(status=IntentStatus.ABANDONED, reason=_REASON))
        self._lock_servers.release(id_)
        now = self._clock.now()
        for wave in self._executions.waves(id_):
            self._executions.move_wave(
                id_,
                wave.name,
                NOT_ENDED,
                WaveStatus.CANCELLED,
                reason=_REASON,
                end_time=now,
                question=None,
            )
        return self._executions.save(
            execution.changed(
                status=ExecutionStatus.INTERRUPTED, reason=_REASON, end_time=now, awaiting=[]
            )
        )
