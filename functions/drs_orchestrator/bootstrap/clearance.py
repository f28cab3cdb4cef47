"""What a wave waits for."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.adapters import Adapters
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.turnstile import Turnstile


class ClearanceUseCases(Adapters):
    """Locks of servers, room in DRS, approvals, and the turnstile that asks for them."""

    @cached_property
    def _lock_servers(self) -> LockServers:
        return LockServers(self._locks, self._executions, self._sites, self._clock)

    @cached_property
    def _admission(self) -> Admission:
        return Admission(self._ledgers, self._executions, self._sites, self._workflow, self._clock)

    @cached_property
    def _approvals(self) -> Approvals:
        return Approvals(self._executions, self._clock)

    @cached_property
    def turnstile(self) -> Turnstile:
        """Waves at rest."""
        return Turnstile(
            self._executions,
            self._admission,
            self._approvals,
            self._workflow,
            self._clock,
        )
