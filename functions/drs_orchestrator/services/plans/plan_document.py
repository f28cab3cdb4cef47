"""Everything that can be wrong with a plan document, found before anything is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from drs_orchestrator.domain.action_place import find_unplaced
from drs_orchestrator.domain.errors import Fault, InvalidPlan, ServersInOtherGroup, first_few
from drs_orchestrator.domain.graph import find_cycle, topological_order
from drs_orchestrator.domain.idle_settings import find_idle_settings
from drs_orchestrator.domain.protection_group import (
    ProtectionGroup,
    ProtectionGroupSpec,
)
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument, check_waves
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.protection_groups import ProtectionGroups
from drs_orchestrator.services.plans.claims import Claims
from drs_orchestrator.services.plans.known_servers import find_unknown_servers

# DynamoDB's item limit is 400 KB: what its own encoding adds to JSON must fit too.
MAX_PLAN_BYTES = 300_000


class GroupChange(NamedTuple):
    """An inline group, and the stored one of its name, if there is one.

    `takes`: it gets servers that another group of the document gives up.
    """

    before: ProtectionGroup | None
    spec: ProtectionGroupSpec
    takes: bool = False


def check_document(
    document: RecoveryPlanDocument,
    groups: ProtectionGroups,
    sites: DisasterRecoverySites,
    *,
    anew: bool = False,
) -> list[GroupChange]:
    """Return what there is to change of groups, in the order in which it must be done.

    `anew`: all of them, also those that are as wanted: somebody else may be about to change them.

    Raises InvalidPlan with every fault and its pointer, or ServersInOtherGroup if nothing is wrong
    with the document but that stored groups hold its servers.
    """
    inline = document.protection_groups
    faults = [
        *_excess(document),
        *_contradictions_of_waves(document),
        *find_idle_settings(document.waves),
        *_repeated_names(inline),
        *_servers_in_two_groups(inline),
        *find_unknown_servers({f"/protectionGroups/{i}": g for i, g in enumerate(inline)}, sites),
        *_unknown_groups(document, groups),
        *_unplaced_actions(document, groups),
    ]
    before = {g.name.lower(): groups.find(g.name) for g in inline}
    claims = Claims(groups)
    moves = _Moves(inline, before, claims)
    if faults:
        raise InvalidPlan(f"recovery plan '{document.name}' is wrong", [*faults, *moves.conflicts])
    if moves.conflicts:
        places = "; ".join(first_few(moves.conflicts))
        raise ServersInOtherGroup(f"recovery plan '{document.name}': {places}")
    specs = {group.name.lower(): group for group in inline}
    changes = [GroupChange(before[n], specs[n], moves.are_to(n)) for n in moves.order()]
    return [change for change in changes if anew or _changes_something(change, claims)]


def _changes_something(change: GroupChange, claims: Claims) -> bool:
    """Return whether a group is not as wanted, or does not hold what it names: a change of it was
    cut off.
    """
    group = change.before
    if group is None or group.spec != change.spec or group.unfinished:
        return True
    return claims.held_by(group) != set(group.source_server_ids)


class _Moves:
    """Servers that go from one group to another.

    Within the document they may, the giver first; from a group outside it that is a conflict.
    """

    def __init__(
        self,
        inline: list[ProtectionGroupSpec],
        before: Mapping[str, ProtectionGroup | None],
        claims: Claims,
    ) -> None:
        self._names = {group.group_id: name for name, group in before.items() if group}
        self._keeps = {
            group.name.lower(): {(group.place, server) for server in group.source_server_ids}
            for group in inline
        }
        self._givers: dict[str, set[str]] = {group.name.lower(): set() for group in inline}
        self.conflicts = [
            fault for i, group in enumerate(inline) for fault in self._check(i, group, claims)
        ]
        self.conflicts += self._circle()

    def order(self) -> list[str]:
        """Return the names of the groups in lower case, each after those that give to it."""
        return topological_order(self._givers)

    def are_to(self, taker: str) -> bool:
        """Return whether servers go to the group of this name, in lower case."""
        return bool(self._givers[taker])

    def _check(self, position: int, group: ProtectionGroupSpec, held: Claims) -> Iterator[Fault]:
        claims = held.at(group.place) if group.source_server_ids else {}
        taker = group.name.lower()
        for i, server in enumerate(group.source_server_ids):
            claim = claims.get(server)
            giver = claim and self._names.get(claim.group_id)
            if claim is None or giver == taker:
                continue
            if giver and (group.place, server) not in self._keeps[giver]:
                self._givers[taker].add(giver)
                continue
            yield Fault(
                f"/protectionGroups/{position}/sourceServerIds/{i}",
                f"server {server} belongs to protection group '{claim.group_name}' "
                f"({claim.group_id}); a server may be in one group only: remove it there or here",
            )

    def _circle(self) -> Iterator[Fault]:
        circle = find_cycle(self._givers)
        if circle:
            yield Fault(
                "/protectionGroups",
                f"servers change places among {', '.join(circle)}; take them out of their groups "
                "first, then apply this document",
            )


def _excess(document: RecoveryPlanDocument) -> Iterator[Fault]:
    size = len(document.spec.model_dump_json().encode())
    if size > MAX_PLAN_BYTES:
        yield Fault(
            "/waves",
            f"the plan takes {size} bytes, {MAX_PLAN_BYTES} are the most; split it in two, or put "
            "more servers into fewer groups",
        )


def _contradictions_of_waves(document: RecoveryPlanDocument) -> tuple[Fault, ...]:
    try:
        check_waves(document.waves)
    except InvalidPlan as error:
        return error.faults
    return ()


def _repeated_names(inline: list[ProtectionGroupSpec]) -> Iterator[Fault]:
    counts = Counter(group.name.lower() for group in inline)
    for i, group in enumerate(inline):
        if counts[group.name.lower()] > 1:
            yield Fault(
                f"/protectionGroups/{i}/name",
                f"protection group '{group.name}' is defined more than once; names ignore case",
            )


def _servers_in_two_groups(inline: list[ProtectionGroupSpec]) -> Iterator[Fault]:
    owners: defaultdict[tuple[Place, str], list[str]] = defaultdict(list)
    for i, group in enumerate(inline):
        for j, server in enumerate(group.source_server_ids):
            others = owners[group.place, server]
            if others:
                yield Fault(
                    f"/protectionGroups/{i}/sourceServerIds/{j}",
                    f"server {server} is in protection group '{others[0]}' of this document too; "
                    "a server may be in one group only",
                )
            others.append(group.name)


def _unplaced_actions(document: RecoveryPlanDocument, groups: ProtectionGroups) -> Iterator[Fault]:
    waves = [wave for wave in document.waves if wave.pre_actions or wave.post_actions]
    if not waves:
        return
    places = {group.name.lower(): group.place for group in document.protection_groups}
    for name in {name.lower() for wave in waves for name in wave.protection_groups}:
        group = None if name in places else groups.find(name)
        if group:
            places[name] = group.place
    yield from find_unplaced(document.waves, places)


def _unknown_groups(document: RecoveryPlanDocument, groups: ProtectionGroups) -> Iterator[Fault]:
    inline = {group.name.lower() for group in document.protection_groups}
    for i, wave in enumerate(document.waves):
        for j, name in enumerate(wave.protection_groups):
            if name.lower() in inline:
                continue
            pointer, group = f"/waves/{i}/protectionGroups/{j}", groups.find(name)
            if group is None:
                yield Fault(
                    pointer,
                    f"no protection group is named '{name}'; define it under protectionGroups, "
                    "or create it first",
                )
            elif group.unfinished:
                yield Fault(pointer, f"protection group '{name}' {group.unfinished}")
