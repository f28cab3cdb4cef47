"""Look at the snapshots of many servers: DRS tells them of one server a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from drs_orchestrator.domain.server import RecoveredServer

Found = TypeVar("Found")

# One after the other, 600 servers would outlast the function's time-out. More at once, and DRS
# would throttle: how much it bears is not documented.
SERVERS_AT_ONCE = 16


def look_at_snapshots(
    look: Callable[[RecoveredServer], Found], servers: Sequence[RecoveredServer]
) -> list[Found]:
    """Return what `look` finds for each server, in their order.

    `look` is called from several threads. Of its errors the one of the first server is raised,
    and servers that were not looked at by then are not looked at any more.
    """
    with ThreadPoolExecutor(SERVERS_AT_ONCE) as pool:
        return list(pool.map(look, servers))
