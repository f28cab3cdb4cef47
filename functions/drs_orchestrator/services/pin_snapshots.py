"""Pin servers to a point in time: for each its newest consistent snapshot not after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from drs_orchestrator.domain.errors import Fault, InvalidRequest
from drs_orchestrator.domain.point_in_time import PointsInTime, newest_not_after, wanted_for
from drs_orchestrator.domain.server import RecoveredServer, ServerKey
from drs_orchestrator.ports import DisasterRecoverySites


def pin_snapshots(
    servers: Sequence[RecoveredServer],
    points: PointsInTime | None,
    sites: DisasterRecoverySites,
) -> Mapping[ServerKey, RecoveredServer]:
    """Return the servers that a start pins, with their snapshots, by their keys.

    One call of DRS for each of them. Raises InvalidRequest naming every server that has no snapshot
    so old, and every one that is named but not part of the plan; DrsUnavailable or DrsDenied.
    """
    named = set(points) if isinstance(points, dict) else set()
    faults = [
        Fault(f"/pointInTime/{each}", "the plan does not hold this server")
        for each in sorted(named - {server.source_server_id for server in servers})
    ]
    pinned: dict[ServerKey, RecoveredServer] = {}
    for server in servers:
        moment = wanted_for(server.source_server_id, points)
        if not isinstance(moment, datetime) or server.verdict:
            continue
        drs = sites.at(server.place)
        snapshots = drs.recovery_snapshots(server.source_server_id, moment)
        snapshot = newest_not_after(moment, snapshots)
        if snapshot is None:
            remedy = "name a later moment, or LATEST"
            text = f"{server.source_server_id} has no snapshot at or before {moment:%F %T%z}"
            faults.append(Fault("/pointInTime", f"{text}; {remedy}"))
            continue
        pinned[server.key] = server.changed(
            snapshot_id=snapshot.snapshot_id,
            snapshot_time=snapshot.timestamp,
            skew_seconds=int((moment - snapshot.timestamp).total_seconds()),
        )
    if faults:
        raise InvalidRequest("not every server can be recovered to that point in time", faults)
    return pinned
