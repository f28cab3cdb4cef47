"""Adapters for what is written down before a disaster."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.adapters.recovery_plan_store import RecoveryPlanStore
from drs_orchestrator.bootstrap.adapters import Adapters


class PlanAdapters(Adapters):
    """Protection groups and recovery plans."""

    @cached_property
    def _groups(self) -> ProtectionGroupStore:
        return ProtectionGroupStore(self._items(self._settings.protection_groups_table))

    @cached_property
    def _plans(self) -> RecoveryPlanStore:
        return RecoveryPlanStore(self._items(self._settings.recovery_plans_table))
