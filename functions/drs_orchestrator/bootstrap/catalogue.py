"""What is written down before a disaster."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.plans import PlanAdapters
from drs_orchestrator.services.plans.accounts import EditAccounts
from drs_orchestrator.services.plans.protection_groups import EditProtectionGroups
from drs_orchestrator.services.plans.recovery_plans import EditRecoveryPlans
from drs_orchestrator.services.plans.source_servers import ListSourceServers


class CatalogueUseCases(PlanAdapters):
    """Accounts, protection groups and recovery plans, and the servers to choose from."""

    @cached_property
    def accounts(self) -> EditAccounts:
        """Create, read, update and delete the entries of accounts."""
        return EditAccounts(self._accounts, self._sites, self._clock)

    @cached_property
    def protection_groups(self) -> EditProtectionGroups:
        """Create, read, update and delete protection groups."""
        return EditProtectionGroups(self._groups, self._plans, self._sites, self._names)

    @cached_property
    def recovery_plans(self) -> EditRecoveryPlans:
        """Create, read, update and delete recovery plans."""
        return EditRecoveryPlans(self._plans, self._groups, self._sites, self._names)

    @cached_property
    def source_servers(self) -> ListSourceServers:
        """Read source servers."""
        return ListSourceServers(self._groups, self._sites)
