"""Read and edit recovery plans, with the groups that a plan document brings along."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from drs_orchestrator.domain.errors import NameTaken
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, RecoveryPlanDocument
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.page import Page
from drs_orchestrator.ports.protection_groups import ProtectionGroups
from drs_orchestrator.ports.recovery_plans import RecoveryPlans
from drs_orchestrator.ports.time_and_names import Names
from drs_orchestrator.services.plans.expected_version import check_version
from drs_orchestrator.services.plans.plan_document import GroupChange, check_document
from drs_orchestrator.services.plans.protection_groups import next_version


class EditRecoveryPlans:
    """A document is checked as a whole before anything of it is written.

    The plan is written before its groups: whoever loses the race for its version or its name has
    changed nothing. Should that be cut off, the same document does the rest when it replaces the
    plan.
    """

    def __init__(
        self,
        plans: RecoveryPlans,
        groups: ProtectionGroups,
        sites: DisasterRecoverySites,
        names: Names,
    ) -> None:
        self._plans = plans
        self._groups = groups
        self._sites = sites
        self._names = names

    def get(self, plan_id: str) -> RecoveryPlan:
        """Return the plan; raise PlanNotFound."""
        return self._plans.get(plan_id)

    def page(self, limit: int, next_token: str | None = None) -> Page[RecoveryPlan]:
        """Return plans in the order of their ids."""
        return self._plans.page(limit, next_token)

    def create(self, document: RecoveryPlanDocument) -> RecoveryPlan:
        """Store a new plan and its groups.

        Raises NameTaken, InvalidPlan with every fault, or ServersInOtherGroup.
        """
        self._refuse_taken_name(document, plan_id=None)
        changes = check_document(document, self._groups, self._sites)
        plan = RecoveryPlan(**dict(document.spec), plan_id=f"plan_{self._names.ulid()}")
        self._plans.create(plan)
        self._write_groups(changes)
        return plan

    def replace(
        self, plan_id: str, document: RecoveryPlanDocument, expected: Collection[int] | None
    ) -> RecoveryPlan:
        """Store a new version; `expected` are the versions it may replace, None any.

        Raises PlanNotFound, StaleVersion, and what `create` raises.
        """
        before = self._plans.get(plan_id)
        check_version(f"recovery plan '{before.name}'", before.version, expected)
        self._refuse_taken_name(document, plan_id)
        changes = check_document(document, self._groups, self._sites)
        after = RecoveryPlan(**dict(document.spec), plan_id=plan_id, version=before.version + 1)
        self._plans.replace(before, after)
        self._write_groups(changes)
        return after

    def delete(self, plan_id: str, expected: Collection[int] | None) -> None:
        """Remove the plan, not its groups; raise PlanNotFound or StaleVersion."""
        plan = self._plans.get(plan_id)
        check_version(f"recovery plan '{plan.name}'", plan.version, expected)
        self._plans.delete(plan)

    def _refuse_taken_name(self, document: RecoveryPlanDocument, plan_id: str | None) -> None:
        """Look before anything is asked of DRS; the store makes sure when the plan is written."""
        other = self._plans.find(document.name)
        if other and other.plan_id != plan_id:
            raise NameTaken(
                f"recovery plan '{other.name}' ({other.plan_id}) has this name; "
                "replace that plan, or choose another name"
            )

    def _write_groups(self, changes: Sequence[GroupChange]) -> None:
        for before, spec in changes:
            if before is None:
                self._groups.create(
                    ProtectionGroup(**dict(spec), group_id=f"grp_{self._names.ulid()}")
                )
            elif before.spec != spec or not self._is_whole(before):
                self._groups.replace(before, next_version(before, spec))

    def _is_whole(self, group: ProtectionGroup) -> bool:
        """Return whether no change of the group was cut off: it holds what it names."""
        claims = self._groups.claims(group.place).values()
        held = {each.source_server_id for each in claims if each.group_id == group.group_id}
        return group.status is GroupStatus.ACTIVE and held == set(group.source_server_ids)
