"""Changes of protection groups that may take several transactions, and why one is refused."""

from __future__ import annotations

from collections.abc import Iterable

from drs_orchestrator.adapters.explained_write import ATTEMPTS, write_or_explain
from drs_orchestrator.adapters.group_items import (
    CLAIMS,
    NAMES,
    ClaimedServer,
    claim,
    claimed_server,
    claims_prefix,
    group_key,
    group_record,
    name_key,
    name_record,
    proof_of_fence,
    release,
)
from drs_orchestrator.adapters.items import (
    CHUNK,
    Absent,
    Change,
    ConditionFailedError,
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
from drs_orchestrator.ports.protection_groups import Claim

# A message about 4,000 servers would help nobody.
_NAMED_SERVERS = 10


class GroupChanges:
    """The writes of one table of protection groups.

    What fits one transaction is written in one. A larger change takes several: it first raises the
    group's fence, and every further write proves that the fence is still the same. So a group has
    one writer at a time, the latest; an earlier one stops with StaleVersion and cleans nothing up,
    because the latest settles the claims by what it reads, not by what it assumes.
    """

    def __init__(self, items: Items) -> None:
        self._items = items

    def record(self, group_id: str) -> Record:
        """Return the stored group; raise GroupNotFound."""
        record = self._items.get(group_key(group_id))
        if record is None:
            raise GroupNotFound(
                f"no protection group '{group_id}'; see GET /api/v1/protection-groups"
            )
        return record

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

    def held_by(self, group_id: str) -> set[ClaimedServer]:
        """Return all claims of the group, also those that a request left which died half-way."""
        claims = self._items.query(CLAIMS)
        return {claimed_server(record) for record in claims if record["groupId"] == group_id}

    def open(self, group: ProtectionGroup, *claims: Put) -> None:
        """Store a new group with its name and some claims, or raise what stands in the way."""

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

    def raise_fence(self, group: ProtectionGroup) -> int:
        """Become the group's one writer; raise StaleVersion if it is of another version."""
        for _ in range(ATTEMPTS):
            record = self.record(group.group_id)
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

    def write(self, group: ProtectionGroup, fence: int, *writes: Write) -> None:
        """Write what proves the fence itself; raise StaleVersion if it was raised since.

        Raises NameTaken or ServersInOtherGroup if those of `group` stand in the way.
        """

        def explain() -> None:
            if self.record(group.group_id)["fence"] != fence:
                raise _stale(group)
            self._refuse_taken_name(group)
            self._refuse_foreign_claims(group)

        write_or_explain(self._items, explain, *writes)

    def set_status(self, group: ProtectionGroup, fence: int, status: GroupStatus) -> None:
        """Say how far the group is."""
        key, same = group_key(group.group_id), (OneOf("fence", [fence]),)
        self.write(group, fence, Change(key, {"status": status.value}, conditions=same))

    def claim(self, group: ProtectionGroup, fence: int, servers: Iterable[ClaimedServer]) -> None:
        """Claim servers that nobody holds, in chunks."""
        proof = proof_of_fence(group.group_id, fence)
        for chunk in _chunks(servers):
            claims = [claim(server, group.group_id) for server in chunk]
            self.write(group, fence, proof, *claims)

    def give_back(
        self, group: ProtectionGroup, fence: int, servers: Iterable[ClaimedServer]
    ) -> None:
        """Release servers that the group holds, in chunks."""
        proof = proof_of_fence(group.group_id, fence)
        for chunk in _chunks(servers):
            releases = [release(server, group.group_id) for server in chunk]
            self.write(group, fence, proof, *releases)

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
