"""Read and edit protection groups."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from drs_orchestrator.domain.errors import (
    GroupInUse,
    InvalidGroup,
    NameTaken,
    ServersInOtherGroup,
    StaleVersion,
)
from drs_orchestrator.domain.protection_group import (
    GroupStatus,
    ProtectionGroup,
    ProtectionGroupSpec,
)
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.page import Page
from drs_orchestrator.ports.protection_groups import ProtectionGroups
from drs_orchestrator.ports.recovery_plans import RecoveryPlans
from drs_orchestrator.ports.time_and_names import Names
from drs_orchestrator.services.plans.expected_version import check_version
from drs_orchestrator.services.plans.known_servers import find_unknown_servers

_PLANS_AT_ONCE = 100


class EditProtectionGroups:
    """A group is what it was or what was asked for, never something between."""

    def __init__(
        self,
        groups: ProtectionGroups,
        plans: RecoveryPlans,
        sites: DisasterRecoverySites,
        names: Names,
    ) -> None:
        self._groups = groups
        self._plans = plans
        self._sites = sites
        self._names = names

    def get(self, group_id: str) -> ProtectionGroup:
        """Return the group; raise GroupNotFound."""
        return self._groups.get(group_id)

    def page(
        self,
        limit: int,
        next_token: str | None = None,
        *,
        account_id: str | None = None,
        region: str | None = None,
    ) -> Page[ProtectionGroup]:
        """Return the groups of an account and a Region, or of all, in the order of their ids.

        A filtered page may hold fewer than `limit` though more follow.
        """
        groups, token = self._groups.page(limit, next_token)
        shown = [
            group
            for group in groups
            if account_id in {None, group.account_id} and region in {None, group.region}
        ]
        return Page(shown, token)

    def create(self, spec: ProtectionGroupSpec) -> ProtectionGroup:
        """Store a new group, or go on with the same one whose creation was cut off.

        Raises InvalidGroup, NameTaken or ServersInOtherGroup.
        """
        self._refuse_unknown_servers(spec)
        group = self._groups.find(spec.name)
        if group is None or group.status is not GroupStatus.CREATING or group.spec != spec:
            group = ProtectionGroup(**dict(spec), group_id=f"grp_{self._names.ulid()}")
        self._groups.create(group)
        return group.changed(status=GroupStatus.ACTIVE)

    def replace(
        self, group_id: str, spec: ProtectionGroupSpec, expected: Collection[int] | None
    ) -> ProtectionGroup:
        """Store a new version; `expected` are the versions it may replace, None any.

        Raises GroupNotFound, StaleVersion, InvalidGroup, GroupInUse (a new name), NameTaken or
        ServersInOtherGroup.
        """
        before = self._groups.get(group_id)
        check_version(f"protection group '{before.name}'", before.version, expected)
        self._refuse_unknown_servers(spec)
        after = next_version(before, spec)
        if spec.name.lower() == before.name.lower():
            self._groups.replace(before, after)
        else:
            with self._held_unless_in_use(before, "keep its name") as held:
                self._groups.replace(before, after, held)
        return after

    def delete(self, group_id: str, expected: Collection[int] | None) -> None:
        """Remove the group; raise GroupNotFound, StaleVersion or GroupInUse."""
        group = self._groups.get(group_id)
        check_version(f"protection group '{group.name}'", group.version, expected)
        with self._held_unless_in_use(group, "take it out there first"):
            self._groups.delete(group)

    def _refuse_unknown_servers(self, spec: ProtectionGroupSpec) -> None:
        faults = find_unknown_servers({"": spec}, self._sites)
        if faults:
            raise InvalidGroup(f"protection group '{spec.name}' cannot be stored", faults)

    @contextmanager
    def _held_unless_in_use(self, group: ProtectionGroup, remedy: str) -> Iterator[int | None]:
        """Hold the group first and look second, as whoever writes a plan writes first and looks at
        its groups second: at least one of both sees the other. Raises GroupInUse.
        """
        self._refuse_group_in_use(group, remedy)
        # Of one that is half changed already no plan can be written meanwhile.
        held = self._groups.hold(group) if group.status is GroupStatus.ACTIVE else None
        try:
            self._refuse_group_in_use(group, remedy)
            yield held
        except (GroupInUse, NameTaken, ServersInOtherGroup):
            if held is not None:
                with suppress(StaleVersion):
                    self._groups.let_go(group, held)
            raise

    def _refuse_group_in_use(self, group: ProtectionGroup, remedy: str) -> None:
        users = sorted(self._plans_that_refer_to(group.name))
        if users:
            raise GroupInUse(
                f"protection group '{group.name}' is part of recovery plan {', '.join(users)}; "
                f"{remedy}"
            )

    def _plans_that_refer_to(self, group_name: str) -> Iterator[str]:
        token: str | None = None
        while True:
            plans, token = self._plans.page(_PLANS_AT_ONCE, token)
            yield from (f"'{plan.name}'" for plan in plans if plan.refers_to(group_name))
            if token is None:
                return


def next_version(before: ProtectionGroup, spec: ProtectionGroupSpec) -> ProtectionGroup:
    """Return the version of a group that follows `before`."""
    return ProtectionGroup(**dict(spec), group_id=before.group_id, version=before.version + 1)
