"""What is asked of recovered servers."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.adapters.health_sites import BotoHealthSites
from drs_orchestrator.bootstrap.adapters import Adapters
from drs_orchestrator.services.waves.advance_wave import AdvanceWave
from drs_orchestrator.services.waves.examine_servers import ExamineServers
from drs_orchestrator.services.waves.verify_health import VerifyHealth


class HealthUseCases(Adapters):
    """Health checks of waves."""

    @cached_property
    def verify_health(self) -> VerifyHealth:
        """Check the health of a wave's servers."""
        sites = BotoHealthSites(self._sessions, self._prober_function_name)
        advance = AdvanceWave(self._executions, self._clock)
        return VerifyHealth(self._executions, ExamineServers(sites), advance, self._clock)

    def _prober_function_name(self, account_id: str) -> str:
        account = self._accounts.find(account_id)
        named = account.prober_function_name if account else None
        return named or self._settings.prober_function_name
