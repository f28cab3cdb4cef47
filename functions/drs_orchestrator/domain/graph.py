"""The graph of waves: order, cycles, and how much still hangs on a wave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def find_cycle(dependencies: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Return the names along one cycle in the order of waiting, or None.

    `dependencies` maps a wave to the waves it waits for.
    """
    try:
        TopologicalSorter(dependencies).prepare()
    except CycleError as error:
        nodes: list[str] = error.args[1]  # first and last are the same; each waited for by the next
        return list(reversed(nodes[1:]))
    return None


def topological_order(dependencies: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the waves so that each stands after all it waits for, stable in the given order."""
    known = set(dependencies)
    sorter = TopologicalSorter({n: [d for d in ds if d in known] for n, ds in dependencies.items()})
    sorter.prepare()
    rank = {name: i for i, name in enumerate(dependencies)}
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return order


def remaining_path(dependencies: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return for each wave how many waves the longest chain has that begins with it."""
    length = dict.fromkeys(dependencies, 1)
    for name in reversed(topological_order(dependencies)):
        for dependency in dependencies[name]:
            length[dependency] = max(length[dependency], length[name] + 1)
    return length
