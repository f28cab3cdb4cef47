"""What of a plan an inventory does not hold, or DRS could not launch, said of the plan's places.

The product would say the same, but in a real account's words: add the account, install an agent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from drs_orchestrator.adapters.drs_shapes import source_server
from drs_orchestrator.domain.errors import Fault, first_few
from drs_orchestrator.domain.server import Place, SourceServer
from local.bench.plans import Json

_INSTANCE = "recoveryInstanceId"
_EXPORT = "correct the plan, or add what `drsctl inventory export` writes of that place"
_LEAVE_OUT = "leave it out of the plan, or export the inventory again once it replicates"


def missing(plan: Json, inventory: Json) -> Iterator[Fault]:
    """Yield the places of the protection groups that find no server in the inventory to launch."""
    servers: dict[Place, dict[str, SourceServer]] = defaultdict(dict)
    for item in inventory["items"]:
        _, _, _, region, account_id, _ = item["arn"].split(":", 5)
        place = Place(account_id, region)
        servers[place][item["sourceServerID"]] = source_server(item, place)
    for index, group in enumerate(plan.get("protectionGroups") or ()):
        pointer, place = f"/protectionGroups/{index}", Place(group["accountId"], group["region"])
        if place not in servers:
            yield _elsewhere(pointer, place, servers)
        elif group.get("serverSelectionTags"):
            yield from _tagged(group, f"{pointer}/serverSelectionTags", place, servers[place])
        else:
            yield from _named(group, f"{pointer}/sourceServerIds", place, servers[place])


def without_instances(items: Sequence[Json]) -> tuple[list[Json], list[str]]:
    """Return source servers as if nothing of them ran yet, and what they lost.

    To measure launches is no reason to end what runs, and the product launches over no recovery.
    """
    live = [each["sourceServerID"] for each in items if each.get(_INSTANCE)]
    kept = [{name: each[name] for name in each if name != _INSTANCE} for each in items]
    return kept, [f"what runs of {', '.join(first_few(live))}"] if live else []


def undefined(plan: Json) -> Iterator[Fault]:
    """Yield the places of waves that name a group which the plan does not define."""
    known = {each["name"] for each in plan.get("protectionGroups") or ()}
    for wave_index, wave in enumerate(plan["waves"]):
        for index, name in enumerate(wave["protectionGroups"]):
            if name not in known:
                message = f"no protection group is named {name!r}; define it under protectionGroups"
                yield Fault(f"/waves/{wave_index}/protectionGroups/{index}", message)


def _elsewhere(pointer: str, place: Place, places: Collection[Place]) -> Fault:
    """Return which part of the place is wrong, and which places the inventory has."""
    is_account_known = any(each.account_id == place.account_id for each in places)
    return Fault(
        f"{pointer}/{'region' if is_account_known else 'accountId'}",
        f"the inventory has no source server of {place}; it has some of"
        f" {'; '.join(first_few(sorted(places)))}; {_EXPORT}",
    )


def _tagged(
    group: Json, pointer: str, place: Place, servers: dict[str, SourceServer]
) -> Iterator[Fault]:
    wanted = group["serverSelectionTags"].items()
    found = [each for each in servers.values() if wanted <= each.tags.items()]
    if not found:
        message = f"the inventory has no source server with these tags in {place}; {_EXPORT}"
        yield Fault(pointer, message)
    for server in found:
        yield from _unlaunchable(server, pointer)


def _named(
    group: Json, pointer: str, place: Place, servers: dict[str, SourceServer]
) -> Iterator[Fault]:
    for index, server_id in enumerate(group.get("sourceServerIds") or ()):
        if server_id in servers:
            yield from _unlaunchable(servers[server_id], f"{pointer}/{index}")
        else:
            message = f"the inventory has no source server {server_id} in {place}; {_EXPORT}"
            yield Fault(f"{pointer}/{index}", message)


def _unlaunchable(server: SourceServer, pointer: str) -> Iterator[Fault]:
    if server.why_unlaunchable:
        yield Fault(pointer, f"{server.source_server_id}: {server.why_unlaunchable}; {_LEAVE_OUT}")
