"""Read and edit recovery plans, with the groups that a plan document brings along."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from drs_orchestrator.domain.errors import (
    GroupNotFound,
    HalfWritten,
    NameTaken,
    ServersInOtherGroup,
    StaleVersion,
)
from drs_orchestrator.domain.protection_group import ProtectionGroup
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
    changed nothing. Until they are written nothing starts from it. A server that goes from one
    group to another is in none for a moment: until then nothing starts from the group that it goes
    to either, whatever plan that is part of. Should that be cut off, the same document does the
    rest when it replaces the plan.
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

        Raises NameTaken, InvalidPlan with every fault, ServersInOtherGroup, or HalfWritten if
        somebody else edits its groups at this moment.
        """
        self._refuse_taken_name(document, plan_id=None)
        changes = check_document(document, self._groups, self._sites)
        plan = RecoveryPlan(
            **dict(document.spec),
            plan_id=f"plan_{self._names.ulid()}",
            groups_pending=bool(changes),
        )
        self._plans.create(plan)
        return self._settle(plan, changes)

    def replace(
        self, plan_id: str, document: RecoveryPlanDocument, expected: Collection[int] | None
    ) -> RecoveryPlan:
        """Store a new version; `expected` are the versions it may replace, None any.

        Raises PlanNotFound, StaleVersion, and what `create` raises.
        """
        before = self._plans.get(plan_id)
        check_version(f"recovery plan '{before.name}'", before.version, expected)
        self._refuse_taken_name(document, plan_id)
        # Whoever writes the groups of that version still is to notice, or we are.
        changes = check_document(document, self._groups, self._sites, anew=before.groups_pending)
        after = RecoveryPlan(
            **dict(document.spec),
            plan_id=plan_id,
            version=before.version + 1,
            groups_pending=bool(changes),
        )
        self._plans.replace(before, after)
        return self._settle(after, changes)

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

    def _settle(self, plan: RecoveryPlan, changes: Sequence[GroupChange]) -> RecoveryPlan:
        """Write the groups of a plan that is written; return the plan as it is after that."""
        try:
            self._write_groups(changes)
            self._check_groups(plan)
        except (GroupNotFound, NameTaken, ServersInOtherGroup, StaleVersion) as error:
            raise HalfWritten(
                f"version {plan.version} of recovery plan '{plan.name}' is written, but not all of "
                f"its protection groups, which somebody else edits: {error}; send the document "
                f"again, for that version: PUT /api/v1/recovery-plans/{plan.plan_id}"
            ) from error
        if changes:
            self._plans.settle(plan)
        return plan.changed(groups_pending=False)

    def _check_groups(self, plan: RecoveryPlan) -> None:
        """Look again, for somebody may have begun to delete or rename a group before he could see
        that the plan refers to it; raise GroupNotFound.
        """
        for name in sorted({name for wave in plan.waves for name in wave.protection_groups}):
            group = self._groups.find(name)
            if group is None or group.unfinished:
                became = group.status if group else "gone"
                raise GroupNotFound(f"protection group '{name}' is {became}")

    def _write_groups(self, changes: Sequence[GroupChange]) -> None:
        for before, _, takes in changes:
            if before and takes:
                self._groups.hold(before)
        for before, spec, _ in changes:
            if before:
                self._groups.replace(before, next_version(before, spec))
            else:
                self._groups.create(
                    ProtectionGroup(**dict(spec), group_id=f"grp_{self._names.ulid()}")
                )
