"""The points in time of a server: DRS's default policy, computed for any moment, stored nowhere.

Every 10 minutes for an hour, hourly for a day, daily for a week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from local.drs import ids
from local.drs.behaviour import Behaviour
from local.drs.state import Server
from local.drs.timestamps import parse_stamp

MINUTES, HOURS, DAYS = 600, 3_600, 86_400
_LADDER = ((MINUTES, HOURS), (HOURS, DAYS), (DAYS, 7 * DAYS))
# Without a consistent snapshot there is nothing to launch from. StopReplication deletes them.
_NOT_LAUNCHABLE = frozenset({"STOPPED", "DISCONNECTED", "INITIATING", "INITIAL_SYNC"})


@dataclass(frozen=True)
class PointInTime:
    """A moment the server can be recovered to, usable from `taken_at` on."""

    snapshot_id: str
    at: datetime
    taken_at: datetime
    ebs_snapshot_ids: tuple[str, ...]


def is_launchable(server: Server) -> bool:
    """Return whether the server has a consistent recovery point."""
    return server.replication_state not in _NOT_LAUNCHABLE


def points_in_time(
    server: Server, region: str, now: datetime, behaviour: Behaviour
) -> list[PointInTime]:
    """Return the points in time that `server` has at `now`, oldest first."""
    if not is_launchable(server):
        return []
    taking = timedelta(seconds=behaviour.snapshot_duration_seconds)
    moments = sorted(set(_moments(server, now)))
    disks = range(server.extra_disks + 1)
    return [_point(region, server.server_id, disks, moment, moment + taking) for moment in moments]


# Whoever reads the list in small pages has it computed for each of them.
@lru_cache(maxsize=10_000)
def _point(
    region: str, server_id: str, disks: range, moment: datetime, taken_at: datetime
) -> PointInTime:
    second = int(moment.timestamp())
    return PointInTime(
        ids.regional_id("pit", region, server_id, second),
        moment,
        taken_at,
        tuple(ids.ec2_id("snap", server_id, second, disk) for disk in disks),
    )


def _moments(server: Server, now: datetime) -> Iterator[datetime]:
    newest = now.timestamp() - server.lag_seconds
    # Servers take theirs at different seconds, so that a list does not look synthetic.
    offset = int(ids.digest("offset", server.server_id)[:8], 16) % MINUTES
    oldest = _added_at(server, now)
    for step, reach in _LADDER:
        moment = (newest - offset) // step * step + offset
        while moment > newest - reach:
            at = datetime.fromtimestamp(moment, UTC)
            if at >= oldest:
                yield at
            moment -= step


def _added_at(server: Server, now: datetime) -> datetime:
    """Return when the server was added; a recording from the simulated future says nothing."""
    life: dict[str, str] = server.document.get("lifeCycle") or {}
    recorded = life.get("firstByteDateTime") or life.get("addedToServiceDateTime")
    long_ago = datetime.fromtimestamp(0, UTC)
    if not recorded:
        return long_ago
    try:
        added = parse_stamp(recorded)
    except ValueError:
        return long_ago
    return added if added <= now else long_ago
