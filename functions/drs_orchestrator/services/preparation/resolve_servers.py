"""Resolve the servers of a plan as DRS knows them at this moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from drs_orchestrator.domain.errors import AccountUnreachable, Fault, InvalidPlan, shortened
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import Place, SourceServer
from drs_orchestrator.domain.snapshot import Members
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.protection_groups import Claim, ProtectionGroups


def resolve_servers(
    plan: RecoveryPlan, groups: ProtectionGroups, sites: DisasterRecoverySites
) -> dict[str, Members]:
    """Return each group of the plan with its servers, by the group's name.

    Raises InvalidPlan naming every group that is missing, is empty, names servers that DRS does not
    know, or shares a server with another group.

    An account that is out of reach must not keep the others from their recovery: of a group there
    the servers are taken as named, unseen. Servers that tags select are known to DRS alone, hence
    AccountUnreachable for those.
    """
    found_groups = {
        name: groups.find(name) for wave in plan.waves for name in wave.protection_groups
    }
    rolls = _Rolls([group for group in found_groups.values() if group], sites)
    members: dict[str, Members] = {}
    faults: list[Fault] = []
    owners: dict[tuple[Place, str], str] = {}
    for i, wave in enumerate(plan.waves):
        for j, name in enumerate(wave.protection_groups):
            pointer = f"/waves/{i}/protectionGroups/{j}"
            group = found_groups[name]
            if group is None:
                faults.append(Fault(pointer, f"no protection group is named '{name}'; create it"))
                continue
            is_seen, found, message = _look(group, rolls, groups)
            message = message or _shared(found, owners)
            if message:
                faults.append(Fault(pointer, f"protection group '{name}' {message}"))
            members[name] = Members(group, found, is_seen)
            owners |= {_identity(server): name for server in found}
    if faults:
        raise InvalidPlan(f"recovery plan '{plan.name}' cannot start", faults)
    return members


def _look(
    group: ProtectionGroup, rolls: _Rolls, groups: ProtectionGroups
) -> tuple[bool, list[SourceServer], str | None]:
    """Return whether DRS was asked, the group's servers, and what is wrong with them, if anything.

    Raises AccountUnreachable.
    """
    if group.unfinished:
        return True, [], group.unfinished
    try:
        found = rolls.call(group)
    except AccountUnreachable as error:
        if not group.source_server_ids:
            raise AccountUnreachable(
                shortened(
                    f"protection group '{group.name}' selects its servers by tags, which only DRS "
                    "there knows; let the group name sourceServerIds, or start a plan without it: "
                    f"{error}"
                )
            ) from error
        return False, [_as_named(group, each) for each in group.source_server_ids], None
    return True, found, _trouble(group, found, groups)


class _Rolls:
    """The servers of groups; DRS is asked at most twice per account and Region, however many."""

    def __init__(self, groups: Sequence[ProtectionGroup], sites: DisasterRecoverySites) -> None:
        self._sites = sites
        self._wanted: defaultdict[Place, set[str]] = defaultdict(set)
        for group in groups:
            self._wanted[group.place].update(group.source_server_ids)
        self._named: dict[Place, dict[str, SourceServer]] = {}
        self._all: dict[Place, list[SourceServer]] = {}

    def call(self, group: ProtectionGroup) -> list[SourceServer]:
        """Return the group's servers that DRS knows; raise AccountUnreachable."""
        place = group.place
        if not group.source_server_ids:
            if place not in self._all:
                self._all[place] = self._sites.at(place).source_servers()
            return [server for server in self._all[place] if group.selects(server)]
        if place not in self._named:
            found = self._sites.at(place).source_servers(sorted(self._wanted[place]))
            self._named[place] = {server.source_server_id: server for server in found}
        named = self._named[place]
        return [named[each] for each in group.source_server_ids if each in named]


def _as_named(group: ProtectionGroup, server_id: str) -> SourceServer:
    return SourceServer(
        source_server_id=server_id, account_id=group.account_id, region=group.region
    )


def _trouble(
    group: ProtectionGroup, found: Sequence[SourceServer], groups: ProtectionGroups
) -> str | None:
    """Return what is wrong with the group's servers, if anything."""
    if group.source_server_ids:
        missing = set(group.source_server_ids) - {s.source_server_id for s in found}
        if missing:
            return (
                f"names {', '.join(sorted(missing))}, which DRS does not know in {group.place}; "
                "take them out, replicate them, or see that DRS is initialized there"
            )
        return None
    if not found:
        return f"selects no server in {group.place}; check its serverSelectionTags"
    return _claimed_elsewhere(found, group, groups)


def _claimed_elsewhere(
    servers: Sequence[SourceServer], group: ProtectionGroup, groups: ProtectionGroups
) -> str | None:
    claims = groups.claims(group.place)
    for server in servers:
        claim = claims.get(server.source_server_id)
        if claim and claim.group_id != group.group_id and _is_named(claim, groups):
            return (
                f"selects {server.source_server_id}, which is in protection group "
                f"'{claim.group_name}'; a server may be in one group only"
            )
    return None


def _is_named(claim: Claim, groups: ProtectionGroups) -> bool:
    """Return whether its group holds the server; of an edit that was cut off claims are left."""
    holder = groups.find(claim.group_name)
    return holder is not None and claim.source_server_id in holder.source_server_ids


def _shared(servers: Sequence[SourceServer], owners: Mapping[tuple[Place, str], str]) -> str | None:
    for server in servers:
        owner = owners.get(_identity(server))
        if owner:
            return (
                f"selects {server.source_server_id}, as protection group '{owner}' does; "
                "a server may be in one group only"
            )
    return None


def _identity(server: SourceServer) -> tuple[Place, str]:
    return server.place, server.source_server_id
