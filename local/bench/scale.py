"""The largest plan that is promised: 4,000 servers in 200 waves over several accounts."""

from __future__ import annotations

from collections.abc import Iterator

from local.bench.plans import Json, server_document

REGION = "us-west-2"
# Layers of waves; each wave waits for two of the layer before, and one in each is large.
_WAVES_IN_A_LAYER = 20


def large_plan(servers: int, waves: int, largest: int, accounts: int) -> tuple[Json, Json]:
    """Return the document of a plan, and its inventory.

    One wave has `largest` servers, the others share the rest as evenly as they can.
    """
    sizes = _sizes(servers, waves, largest)
    numbers = iter(range(servers))
    items: list[Json] = []
    groups: list[Json] = []
    for i, size in enumerate(sizes):
        account_id = f"{111122223333 + i % accounts}"
        ids = [f"s-5{next(numbers):016x}" for _ in range(size)]
        items += [server_document(each, account_id, REGION) for each in ids]
        groups.append(
            {
                "name": f"g-{i}",
                "accountId": account_id,
                "region": REGION,
                "sourceServerIds": ids,
            }
        )
    document = {
        "name": "large",
        "protectionGroups": groups,
        "waves": [
            {"name": f"w{i}", "protectionGroups": [f"g-{i}"], "dependsOn": list(_before(i))}
            for i in range(waves)
        ],
    }
    return document, {"items": items}


def _sizes(servers: int, waves: int, largest: int) -> list[int]:
    """Return the size of each wave; the largest comes in the middle."""
    rest, others = servers - largest, waves - 1
    sizes = [rest // others + (i < rest % others) for i in range(others)]
    sizes.insert(waves // 2, largest)
    return sizes


def _before(wave: int) -> Iterator[str]:
    layer, place = divmod(wave, _WAVES_IN_A_LAYER)
    if layer:
        first = (layer - 1) * _WAVES_IN_A_LAYER
        for each in {place, (place + 1) % _WAVES_IN_A_LAYER}:
            yield f"w{first + each}"
