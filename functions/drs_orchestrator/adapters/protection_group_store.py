"""Protection groups in their table, with the claims by which a server is in one group only."""

from __future__ import annotations

from collections.abc import Iterable

from drs_orchestrator.adapters.explained_write import ATTEMPTS, write_or_explain
from drs_orchestrator.adapters.group_items import (
    CLAIMS,
    GROUPS,
    NAMES,
    ClaimedServer,
    claim,
    claimed_server,
    claims_prefix,
    group_key,
    group_of,
    group_record,
    name_key,
    name_record,
    proof_of_fence,
    release,
    servers_of,
)
from drs_orchestrator.adapters.items import (
    CHUNK,
    Absent,
    Change,
    ConditionFailedError,
    Delete,
    Items,
    OneOf,
    Put,
    Record,
    Write,
)
from drs_orchestrator.domain.errors import (
    GroupNotFound,
    NameTaken,
    ServersInOtherGroup,
    StaleVersion,
    StoreUnavailable,
)
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports import Claim, Page

# A message about 4,000 servers would help nobody.
_NAMED_SERVERS = 10


class ProtectionGroupStore:
    """Fulfils the port `ProtectionGroups`.

    What fits one transaction is written in one. A larger change takes several: it first raises the
    group's fence, and every further write proves that the fence is still the same. So a group has
    one writer at a time, the latest; an earlier one stops with StaleVersion and cleans nothing up,
    because the latest settles the claims by what it reads, not by what it assumes.
    """

    def __init__(self, items: Items) -> None:
        self._items = items

    def get(self, group_id: str) -> ProtectionGroup:
        """Return the group."""
        return group_of(self._record(group_id))

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
        claims = self._items.query(CLAIMS, claims_prefix(place))
        names = {owner["groupId"]: owner["name"] for owner in self._items.query(NAMES)}
        return {
            record["sourceServerId"]: Claim(record["sourceServerId"], group_id, names[group_id])
            for record in claims
            # A group that was deleted between the two reads claims nothing any more.
            if (group_id := record["groupId"]) in names
        }

    def create(self, group: ProtectionGroup) -> None:
        """Store a new group, or go on with the one of this id that is CREATING."""
        servers = servers_of(group)
        if len(servers) <= CHUNK:
            self._open(group, *(claim(server, group.group_id) for server in sorted(servers)))
            return
        if self._items.get(group_key(group.group_id)) is None:
            self._open(group.changed(status=GroupStatus.CREATING))
        fence = self._raise_fence(group)
        try:
            self._claim(group, fence, servers - self._held_by(group.group_id))
        except ServersInOtherGroup:
            self.delete(group)
            raise
        self._set_status(group, fence, GroupStatus.ACTIVE)

    def replace(self, before: ProtectionGroup, after: ProtectionGroup) -> None:
        """Store a new version: claims more before it can be seen, gives back the rest after."""
        fence = self._raise_fence(before)
        held, wanted = self._held_by(before.group_id), servers_of(after)
        missing, surplus = wanted - held, held - wanted
        commit = self._commit(before, after, fence)
        if len(commit) + len(missing) + len(surplus) <= CHUNK:
            commit += [claim(server, after.group_id) for server in sorted(missing)]
            commit += [release(server, after.group_id) for server in sorted(surplus)]
            self._write_fenced(after, fence, *commit)
            return
        try:
            self._claim(after, fence, missing)
            self._write_fenced(after, fence, *commit)
        except (NameTaken, ServersInOtherGroup):
            self._give_back(before, fence, missing & self._held_by(before.group_id))
            raise
        self._give_back(after, fence, surplus)

    def delete(self, group: ProtectionGroup) -> None:
        """Remove the group with its claims; one that is left DELETING goes on when asked again."""
        fence = self._raise_fence(group)
        held = self._held_by(group.group_id)
        if len(held) + 2 > CHUNK:
            self._set_status(group, fence, GroupStatus.DELETING)
            self._give_back(group, fence, held)
            held = set()
        self._write_fenced(
            group,
            fence,
            Delete(group_key(group.group_id), (OneOf("fence", [fence]),)),
            Delete(name_key(group.name)),
            *(release(server, group.group_id) for server in sorted(held)),
        )

    def _record(self, group_id: str) -> Record:
        record = self._items.get(group_key(group_id))
        if record is None:
            raise GroupNotFound(
                f"no protection group '{group_id}'; see GET /api/v1/protection-groups"
            )
        return record

    def _held_by(self, group_id: str) -> set[ClaimedServer]:
        """Return all claims of the group, also those that a request left which died half-way."""
        claims = self._items.query(CLAIMS)
        return {claimed_server(record) for record in claims if record["groupId"] == group_id}

    def _open(self, group: ProtectionGroup, *claims: Put) -> None:
        def explain() -> None:
            self._refuse_taken_name(group)
            self._refuse_foreign_claims(group)

        write_or_explain(
            self._items,
            explain,
            Put(group_key(group.group_id), group_record(group, fence=1), (Absent(),)),
            Put(name_key(group.name), name_record(group), (Absent(),)),
            *claims,
        )

    def _raise_fence(self, group: ProtectionGroup) -> int:
        """Become the group's one writer; raise StaleVersion if it is of another version."""
        for _ in range(ATTEMPTS):
            record = self._record(group.group_id)
            if record["version"] != group.version:
                raise _stale(group)
            fence: int = record["fence"]
            same = (OneOf("version", [group.version]), OneOf("fence", [fence]))
            try:
                self._items.write(
                    Change(group_key(group.group_id), {"fence": fence + 1}, conditions=same)
                )
            except ConditionFailedError:
                continue
            return fence + 1
        raise StoreUnavailable(f"others change protection group '{group.name}' now; try again")

    def _commit(self, before: ProtectionGroup, after: ProtectionGroup, fence: int) -> list[Write]:
        """Return the writes by which everybody sees the new version, and its name."""
        same = (OneOf("fence", [fence]),)
        writes: list[Write] = [Put(group_key(after.group_id), group_record(after, fence), same)]
        if name_key(before.name) != name_key(after.name):
            writes.append(Delete(name_key(before.name)))
            writes.append(Put(name_key(after.name), name_record(after), (Absent(),)))
        elif before.name != after.name:
            writes.append(Put(name_key(after.name), name_record(after)))
        return writes

    def _set_status(self, group: ProtectionGroup, fence: int, status: GroupStatus) -> None:
        key, same = group_key(group.group_id), (OneOf("fence", [fence]),)
        self._write_fenced(group, fence, Change(key, {"status": status.value}, conditions=same))

    def _claim(self, group: ProtectionGroup, fence: int, servers: Iterable[ClaimedServer]) -> None:
        proof = proof_of_fence(group.group_id, fence)
        for chunk in _chunks(servers):
            claims = [claim(server, group.group_id) for server in chunk]
            self._write_fenced(group, fence, proof, *claims)

    def _give_back(
        self, group: ProtectionGroup, fence: int, servers: Iterable[ClaimedServer]
    ) -> None:
        proof = proof_of_fence(group.group_id, fence)
        for chunk in _chunks(servers):
            releases = [release(server, group.group_id) for server in chunk]
            self._write_fenced(group, fence, proof, *releases)

    def _write_fenced(self, group: ProtectionGroup, fence: int, *writes: Write) -> None:
        def explain() -> None:
            if self._record(group.group_id)["fence"] != fence:
                raise _stale(group)
            self._refuse_taken_name(group)
            self._refuse_foreign_claims(group)

        write_or_explain(self._items, explain, *writes)

    def _refuse_taken_name(self, group: ProtectionGroup) -> None:
        owner = self._items.get(name_key(group.name))
        if owner and owner["groupId"] != group.group_id:
            raise NameTaken(
                f"protection group '{owner['name']}' ({owner['groupId']}) has this name; "
                "choose another, names ignore case"
            )

    def _refuse_foreign_claims(self, group: ProtectionGroup) -> None:
        claims = self.claims(group.place)
        foreign = [
            f"server {server} belongs to protection group '{found.group_name}' ({found.group_id})"
            for server in sorted(group.source_server_ids)
            if (found := claims.get(server)) and found.group_id != group.group_id
        ]
        if foreign:
            more = len(foreign) - _NAMED_SERVERS
            rest = f" and {more} more" if more > 0 else ""
            raise ServersInOtherGroup(
                f"{'; '.join(foreign[:_NAMED_SERVERS])}{rest}: a server may be in one group only, "
                "so remove it there or here"
            )


def _stale(group: ProtectionGroup) -> StaleVersion:
    return StaleVersion(
        f"protection group '{group.name}' was changed since version {group.version} was read; "
        "read it again and repeat the change"
    )


def _chunks(servers: Iterable[ClaimedServer]) -> list[list[ClaimedServer]]:
    todo = sorted(servers)
    return [todo[start : start + CHUNK] for start in range(0, len(todo), CHUNK)]
