"""Protection groups in their table, with the claims by which a server is in one group only."""

from __future__ import annotations

from drs_orchestrator.adapters.group_changes import GroupChanges
from drs_orchestrator.adapters.group_items import (
    GROUPS,
    claim,
    group_key,
    group_of,
    group_record,
    name_key,
    name_record,
    release,
    servers_of,
)
from drs_orchestrator.adapters.items import CHUNK, Absent, Delete, Items, OneOf, Put, Write
from drs_orchestrator.domain.errors import NameTaken, ServersInOtherGroup
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.page import Page
from drs_orchestrator.ports.protection_groups import Claim


class ProtectionGroupStore:
    """Fulfils the port `ProtectionGroups`.

    What fits one transaction is written in one; see GroupChanges for what does not.
    """

    def __init__(self, items: Items) -> None:
        self._items = items
        self._changes = GroupChanges(items)

    def get(self, group_id: str) -> ProtectionGroup:
        """Return the group."""
        return group_of(self._changes.record(group_id))

    def find(self, name: str) -> ProtectionGroup | None:
        """Return the group of this name, ignoring case."""
        owner = self._items.get(name_key(name))
        record = owner and self._items.get(group_key(owner["groupId"]))
        return group_of(record) if record else None

    def page(self, limit: int, next_token: str | None) -> Page[ProtectionGroup]:
        """Return groups in the order of their ids."""
        records, token = self._items.page(GROUPS, limit, next_token)
        return Page([group_of(record) for record in records], token)

    def claims(self, place: Place) -> dict[str, Claim]:
        """Return every claimed server of the place by its id."""
        return self._changes.claims(place)

    def create(self, group: ProtectionGroup) -> None:
        """Store a new group, or go on with the one of this id that is CREATING."""
        servers = servers_of(group)
        if len(servers) <= CHUNK:
            self._changes.open(
                group, *(claim(server, group.group_id) for server in sorted(servers))
            )
            return
        if self._items.get(group_key(group.group_id)) is None:
            self._changes.open(group.changed(status=GroupStatus.CREATING))
        fence = self._changes.raise_fence(group)
        try:
            self._changes.claim(group, fence, servers - self._changes.held_by(group.group_id))
        except ServersInOtherGroup:
            self.delete(group)
            raise
        self._changes.set_status(group, fence, GroupStatus.ACTIVE)

    def hold(self, group: ProtectionGroup) -> int:
        """Make it CHANGING: nothing starts from it until it is replaced or let go."""
        fence = self._changes.raise_fence(group)
        self._changes.set_status(group, fence, GroupStatus.CHANGING)
        return fence

    def let_go(self, group: ProtectionGroup, held: int) -> None:
        """Make it ACTIVE again, as it was."""
        self._changes.set_status(group, held, GroupStatus.ACTIVE)

    def replace(
        self, before: ProtectionGroup, after: ProtectionGroup, hold: int | None = None
    ) -> None:
        """Store a new version: claims more before it can be seen, gives back the rest after."""
        fence = self._changes.raise_fence(before) if hold is None else hold
        held, wanted = self._changes.held_by(before.group_id), servers_of(after)
        missing, surplus = wanted - held, held - wanted
        commit = _commit(before, after, fence)
        if len(commit) + len(missing) + len(surplus) <= CHUNK:
            commit += [claim(server, after.group_id) for server in sorted(missing)]
            commit += [release(server, after.group_id) for server in sorted(surplus)]
            self._changes.write(after, fence, *commit)
            return
        try:
            self._changes.claim(after, fence, missing)
            self._changes.write(after, fence, *commit)
        except (NameTaken, ServersInOtherGroup):
            self._changes.give_back(before, fence, missing & self._changes.held_by(before.group_id))
            raise
        self._changes.give_back(after, fence, surplus)

    def delete(self, group: ProtectionGroup) -> None:
        """Remove the group with its claims; one that is left DELETING goes on when asked again."""
        fence = self._changes.raise_fence(group)
        held = self._changes.held_by(group.group_id)
        if len(held) + 2 > CHUNK:
            self._changes.set_status(group, fence, GroupStatus.DELETING)
            self._changes.give_back(group, fence, held)
            held = set()
        self._changes.write(
            group,
            fence,
            Delete(group_key(group.group_id), (OneOf("fence", [fence]),)),
            Delete(name_key(group.name)),
            *(release(server, group.group_id) for server in sorted(held)),
        )


def _commit(before: ProtectionGroup, after: ProtectionGroup, fence: int) -> list[Write]:
    """Return the writes by which everybody sees the new version, and its name."""
    same = (OneOf("fence", [fence]),)
    writes: list[Write] = [Put(group_key(after.group_id), group_record(after, fence), same)]
    if name_key(before.name) != name_key(after.name):
        writes.append(Delete(name_key(before.name)))
        writes.append(Put(name_key(after.name), name_record(after), (Absent(),)))
    elif before.name != after.name:
        writes.append(Put(name_key(after.name), name_record(after)))
    return writes
