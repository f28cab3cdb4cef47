"""Where recovery plans are kept."""

from __future__ import annotations

from typing import Protocol

from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.ports.page import Page


class RecoveryPlans(Protocol):
    """Stored recovery plans with all their versions."""

    def get(self, plan_id: str) -> RecoveryPlan:
        """Return the plan's current version; raise PlanNotFound."""
        ...

    def find(self, name: str) -> RecoveryPlan | None:
        """Return the plan of this name, ignoring case."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[RecoveryPlan]:
        """Return plans in the order of their ids."""
        ...

    def create(self, plan: RecoveryPlan) -> None:
        """Store a new plan; raise NameTaken."""
        ...

    def replace(self, before: RecoveryPlan, after: RecoveryPlan) -> None:
        """Store a new version; raise StaleVersion or NameTaken."""
        ...

    def settle(self, plan: RecoveryPlan) -> None:
        """Note that all groups of this version are written; a later version stays as it is."""
        ...

    def delete(self, plan: RecoveryPlan) -> None:
        """Remove the plan; its versions stay readable for old executions. Raise StaleVersion."""
        ...
