"""Pin servers to a point in time: for each its newest consistent snapshot not after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from drs_orchestrator.domain.errors import Fault, InvalidRequest
from drs_orchestrator.domain.point_in_time import (
    PointsInTime,
    RecoverySnapshot,
    newest_not_after,
    wanted_for,
)
from drs_orchestrator.domain.server import RecoveredServer, ServerKey
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.services.preparation.look_at_snapshots import look_at_snapshots


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
    moments = {
        server.key: moment
        for server in servers
        if isinstance(moment := wanted_for(server.source_server_id, points), datetime)
        and not server.verdict
    }
    wanted = [server for server in servers if server.key in moments]
    drs_at = {place: sites.at(place) for place in sorted({server.place for server in wanted})}

    def look(server: RecoveredServer) -> RecoverySnapshot | None:
        moment = moments[server.key]
        found = drs_at[server.place].recovery_snapshots(server.source_server_id, moment)
        return newest_not_after(moment, found)

    pinned: dict[ServerKey, RecoveredServer] = {}
    for server, snapshot in zip(wanted, look_at_snapshots(look, wanted), strict=True):
        moment = moments[server.key]
        if snapshot is None:
            remedy = "name a later moment, or LATEST"
            text = f"{server.source_server_id} has no snapshot at or before {moment:%F %T%z}"
            faults.append(Fault("/pointInTime", f"{text}; {remedy}"))
            continue
        pinned[server.key] = pinned_to(server, snapshot, moment)
    if faults:
        raise InvalidRequest("not every server can be recovered to that point in time", faults)
    return pinned


def pinned_to(
    server: RecoveredServer, snapshot: RecoverySnapshot, moment: datetime
) -> RecoveredServer:
    """Return the server with the snapshot that it is launched from, and how far off that is."""
    return server.changed(
        snapshot_id=snapshot.snapshot_id,
        snapshot_time=snapshot.timestamp,
        skew_seconds=int((moment - snapshot.timestamp).total_seconds()),
    )
