"""How protection groups lie in their table.

| item  | pk      | sk                                   | attributes                      |
|-------|---------|--------------------------------------|---------------------------------|
| group | `GROUP` | `<groupId>`                          | the group, and its `fence`      |
| name  | `NAME`  | `<name in lower case>`               | `groupId`, `name` as written    |
| claim | `CLAIM` | `SERVER#<account>#<region>#<server>` | `groupId` and the three of `sk` |
"""

from __future__ import annotations

from typing import NamedTuple

from drs_orchestrator.adapters.items import Absent, Check, Delete, Key, OneOf, Put, Record
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.server import Place

GROUPS = "GROUP"
NAMES = "NAME"
CLAIMS = "CLAIM"


class ClaimedServer(NamedTuple):
    """What a claim is about; it sorts by place and server."""

    account_id: str
    region: str
    source_server_id: str


def group_key(group_id: str) -> Key:
    """Return the key of the group itself."""
    return Key(GROUPS, group_id)


def name_key(name: str) -> Key:
    """Return the key that makes the name unique, ignoring case."""
    return Key(NAMES, name.lower())


def claim_key(server: ClaimedServer) -> Key:
    """Return the key that makes the server's group unique."""
    return Key(CLAIMS, claims_prefix(Place(*server[:2])) + server.source_server_id)


def claims_prefix(place: Place) -> str:
    """Return what the claims of a place begin with."""
    return f"SERVER#{place.account_id}#{place.region}#"


def group_record(group: ProtectionGroup, fence: int) -> Record:
    """Return the stored form of a group."""
    return {**group.document(), "fence": fence}


def group_of(record: Record) -> ProtectionGroup:
    """Return the group of its stored form."""
    return ProtectionGroup.model_validate({n: v for n, v in record.items() if n != "fence"})


def name_record(group: ProtectionGroup) -> Record:
    """Return whose name it is, and how its owner spells it."""
    return {"groupId": group.group_id, "name": group.name}


def servers_of(group: ProtectionGroup) -> set[ClaimedServer]:
    """Return what the group has to claim: named servers; tags claim nothing."""
    return {ClaimedServer(*group.place, server) for server in group.source_server_ids}


def claimed_server(record: Record) -> ClaimedServer:
    """Return what a stored claim is about."""
    return ClaimedServer(record["accountId"], record["region"], record["sourceServerId"])


def claim(server: ClaimedServer, group_id: str) -> Put:
    """Return the write by which a group claims a server that nobody holds."""
    record = {
        "groupId": group_id,
        "accountId": server.account_id,
        "region": server.region,
        "sourceServerId": server.source_server_id,
    }
    return Put(claim_key(server), record, (Absent(),))


def release(server: ClaimedServer, group_id: str) -> Delete:
    """Return the write by which a group gives a server back that it holds."""
    return Delete(claim_key(server), (OneOf("groupId", [group_id]),))


def proof_of_fence(group_id: str, fence: int) -> Check:
    """Return the check that nobody began another change of the group since."""
    return Check(group_key(group_id), (OneOf("fence", [fence]),))
