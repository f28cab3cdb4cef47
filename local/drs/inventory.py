"""Reads what `aws drs describe-source-servers` prints, recorded from a real account or made up."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import StructureShape

from local.drs import ids
from local.drs.errors import InventoryError
from local.drs.state import Document, Estate, Instance, Scope, Server, State
from local.drs.validation import wrong_types
from local.protocols.models import service_model

_ARN = re.compile(r"arn:aws[a-z-]*:drs:([a-z0-9-]+):(\d{12}):source-server/(s-[0-9a-zA-Z]{17})")
_EXPORT = "Export it again with `aws drs describe-source-servers --output json`."


@dataclass(frozen=True)
class RecordedServer:
    """A server of an inventory and where it lives."""

    scope: Scope
    document: Document


def read(document: object) -> list[RecordedServer]:
    """Return the servers of an inventory; unknown members stay, optional ones may be missing.

    Raises InventoryError at the first thing that makes it unusable.
    """
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise InventoryError("/items", "there is no list of servers", _EXPORT)
    if not items:
        raise InventoryError("/items", "it holds no server", "Check the account and the Region.")
    servers = [_read_server(item, f"/items/{index}") for index, item in enumerate(items)]
    _refuse_duplicates(servers)
    return servers


def add(state: State, servers: list[RecordedServer], now: datetime, seed: int) -> None:
    """Add `servers` to `state` and mark their Regions initialised.

    A server that is known already gets the new document and the new tags on top of its own; its
    launches and its launch configuration stay.
    """
    state.home = state.home or servers[0].scope
    for recorded in servers:
        estate = state.estate(recorded.scope)
        estate.initialized = True
        document = copy.deepcopy(recorded.document)
        tags: dict[str, str] = document.pop("tags", None) or {}
        known = estate.servers.get(document["sourceServerID"])
        if known is not None:
            known.document = document
            known.tags.update(tags)
            continue
        server = Server(
            document, tags, _launch_configuration(document, seed), state.next_sequence()
        )
        estate.servers[server.server_id] = server
        if document.get("recoveryInstanceId"):
            _add_recorded_instance(state, estate, server, now)


def _read_server(item: object, pointer: str) -> RecordedServer:
    if not isinstance(item, dict):
        raise InventoryError(pointer, "a server must be an object", _EXPORT)
    server_id = _text(item, "sourceServerID", pointer)
    arn = _text(item, "arn", pointer)
    match = _ARN.fullmatch(arn)
    if match is None:
        raise InventoryError(
            f"{pointer}/arn",
            f"{arn!r} is not the ARN of a source server",
            "It must read arn:aws:drs:<region>:<account>:source-server/<s-...>.",
        )
    region, account_id, named_server = match.groups()
    if named_server != server_id:
        raise InventoryError(
            f"{pointer}/arn", f"it names {named_server}, but sourceServerID is {server_id}", _EXPORT
        )
    for violation in wrong_types(item, _source_server_shape()):
        place = re.sub(r"[.\[]", "/", violation.path).replace("]", "")
        raise InventoryError(f"{pointer}/{place}", violation.message, _EXPORT)
    return RecordedServer(Scope(account_id, region), item)


def _text(item: dict[str, Any], member: str, pointer: str) -> str:
    value = item.get(member)
    if not isinstance(value, str):
        problem = "it is missing" if value is None else "it must be a string"
        raise InventoryError(f"{pointer}/{member}", problem, _EXPORT)
    return value


def _source_server_shape() -> StructureShape:
    shape = service_model("drs").shape_for("SourceServer")
    if not isinstance(shape, StructureShape):
        raise TypeError("botocore models SourceServer as something other than a structure")
    return shape


def _refuse_duplicates(servers: list[RecordedServer]) -> None:
    first_seen: dict[str, int] = {}
    for index, server in enumerate(servers):
        server_id: str = server.document["sourceServerID"]
        if server_id in first_seen:
            raise InventoryError(
                f"/items/{index}/sourceServerID",
                f"{server_id} is at /items/{first_seen[server_id]} already",
                "Remove one of the two.",
            )
        first_seen[server_id] = index


def _launch_configuration(document: Document, seed: int) -> Document:
    server_id = document["sourceServerID"]
    return {
        "sourceServerID": server_id,
        "name": f"Launch Configuration for Source Server {server_id}",
        "ec2LaunchTemplateID": ids.ec2_id("lt", seed, server_id),
        "launchDisposition": "STARTED",
        "targetInstanceTypeRightSizingMethod": "BASIC",
        "copyPrivateIp": False,
        "copyTags": False,
        "licensing": {"osByol": False},
        "postLaunchEnabled": False,
        "launchIntoInstanceProperties": {},
        "recoveryMode": "OPTIMAL",
    }


def _add_recorded_instance(state: State, estate: Estate, server: Server, now: datetime) -> None:
    """Add the recovery instance that the account had: a real recovery unless said to be a drill."""
    initiated = dict(_initiated(server.document))
    instance_id: str = server.document["recoveryInstanceId"]
    estate.instances[instance_id] = Instance(
        instance_id=instance_id,
        source_server_id=server.server_id,
        job_id=initiated.get("jobID"),
        is_drill=initiated.get("type") == "DRILL",
        launched_at=now,
        point_in_time=now,
        state_when_up="RUNNING",
        sequence=state.next_sequence(),
    )
    server.instance_ids.append(instance_id)


def _initiated(document: Document) -> Iterator[tuple[str, str]]:
    life: Document = document.get("lifeCycle") or {}
    last_launch: Document = life.get("lastLaunch") or {}
    yield from (last_launch.get("initiated") or {}).items()
