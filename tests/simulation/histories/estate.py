"""What a random history stands on: servers in several places, and the groups they are cut into."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from drs_orchestrator.domain.server import Place
from tests.workflow.accounts import OWN, PLACES
from tests.workflow.laptop import estates, fleet

Json = dict[str, Any]
# Shares of all histories: most have 30 servers at most.
_LARGE_SHARE, _HUGE_SHARE = 0.015, 0.001
_SPREAD_SHARE = 0.3
# By this tag a group may select its servers.
_TAG = "Group"


def draw_sizes(chance: random.Random) -> dict[Place, int]:
    """Return how many servers there are in each place; the product's own place comes first."""
    kind = chance.random()
    if kind < _HUGE_SHARE:
        return {OWN: chance.randint(1000, 3000)}
    if kind < _LARGE_SHARE:
        return {OWN: chance.randint(200, 600)}
    places = chance.sample(PLACES[1:], chance.randint(1, 3))
    more = places if chance.random() < _SPREAD_SHARE else []
    # As many of 1-5 servers as of 6-30: what goes wrong with thirty mostly does with three, sooner.
    return {OWN: round(30 ** chance.random()), **{each: chance.randint(1, 10) for each in more}}


def draw_inventory(sizes: dict[Place, int]) -> Json:
    """Return the servers, numbered through all places."""
    fleets, first = [], 0
    for at, size in sizes.items():
        fleets.append(fleet(size, first=first, account=at.account_id, region=at.region))
        first += size
    return estates(*fleets)


def draw_groups(chance: random.Random, inventory: Json) -> list[Json]:
    """Return protection groups, no server in two of them, some servers in none.

    Every member carries the name of its group as a tag, by which some groups select it.
    """
    groups: list[Json] = []
    for place, servers in _by_place(inventory).items():
        for members in _cut(chance, servers, most=4 if place == OWN else 2):
            name = f"g{len(groups)}"
            for server in members:
                server["tags"][_TAG] = name
            groups.append(_draw_group(chance, name, place, [s["sourceServerID"] for s in members]))
    return groups


def place_of(server: Json) -> Place:
    """Return where a server of an inventory is."""
    _, _, _, region, account_id, _ = server["arn"].split(":", 5)
    return Place(account_id, region)


def _by_place(inventory: Json) -> dict[Place, list[Json]]:
    servers: dict[Place, list[Json]] = {}
    for each in inventory["items"]:
        servers.setdefault(place_of(each), []).append(each)
    return servers


def _cut(chance: random.Random, servers: Sequence[Json], most: int) -> Iterator[Sequence[Json]]:
    """Yield a few shares, at most half of what is left each; a lonely server is one, too."""
    at = 0
    for _ in range(chance.randint(most // 2, most)):
        left = len(servers) - at
        if left:
            count = chance.randint(1, max(1, left // 2))
            yield servers[at : at + count]
            at += count


def _draw_group(chance: random.Random, name: str, place: Place, ids: list[str]) -> Json:
    group: Json = {"name": name, "accountId": place.account_id, "region": place.region}
    if chance.random() < 0.3:
        group["criticalServerIds"] = chance.sample(ids, chance.randint(1, len(ids)))
    if chance.random() < 0.15:
        return {**group, "serverSelectionTags": {_TAG: name}}
    return {**group, "sourceServerIds": ids}
