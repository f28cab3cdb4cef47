"""Pin again: a launch is repeated, and DRS may have expired the snapshot of its first attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_orchestrator.domain.errors import Denied, Unavailable
from drs_orchestrator.domain.point_in_time import (
    PointsInTime,
    RecoverySnapshot,
    newest_not_after,
    wanted_for,
)
from drs_orchestrator.domain.server import Place, RecoveredServer, ServerVerdict
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery, DisasterRecoverySites
from drs_orchestrator.services.preparation.look_at_snapshots import look_at_snapshots
from drs_orchestrator.services.preparation.pin_snapshots import pinned_to

_Found = list[RecoverySnapshot] | str
"""What DRS still has, or why it did not tell."""


def pin_again(
    servers: Sequence[RecoveredServer],
    points: PointsInTime | None,
    sites: DisasterRecoverySites,
) -> list[RecoveredServer]:
    """Return the servers, without their verdicts, as they may be launched now, in their order.

    A pin that DRS still has stays, and so does one that DRS does not tell about: StartRecovery
    will. For a pin that has gone comes the newest snapshot not after the moment that the start
    named. A server without any has FAILED and is pinned to nothing: it must not be launched, for
    that would be from the latest state.
    """
    wanted = [each for each in servers if _moment(each, points)]
    drs_at = {place: _try_at(place, sites) for place in sorted({each.place for each in wanted})}

    def look(server: RecoveredServer) -> _Found:
        moment, drs = _moment(server, points), drs_at[server.place]
        if isinstance(drs, str) or moment is None:
            return str(drs)
        try:
            return drs.recovery_snapshots(server.source_server_id, moment)
        except (Unavailable, Denied) as error:
            return str(error)

    found = dict(zip((each.key for each in wanted), look_at_snapshots(look, wanted), strict=True))
    again: list[RecoveredServer] = []
    for server in servers:
        moment = _moment(server, points)
        again.append(_pinned(server, moment, found[server.key]) if moment else server)
    return again


def is_pinned(server: RecoveredServer, points: PointsInTime | None) -> bool:
    """Return whether the server has what a launch to its wanted point in time needs."""
    return server.snapshot_id is not None or _moment(server, points) is None


def _moment(server: RecoveredServer, points: PointsInTime | None) -> datetime | None:
    wanted = wanted_for(server.source_server_id, points)
    return wanted if isinstance(wanted, datetime) else None


def _try_at(place: Place, sites: DisasterRecoverySites) -> DisasterRecovery | str:
    try:
        return sites.at(place)
    except Unavailable as error:
        return str(error)


def _pinned(server: RecoveredServer, moment: datetime, found: _Found) -> RecoveredServer:
    if isinstance(found, str):
        return server if server.snapshot_id else _unpinned(server, f"no snapshot is known: {found}")
    if any(each.snapshot_id == server.snapshot_id for each in found):
        return server
    newest = newest_not_after(moment, found)
    if newest is None:
        return _unpinned(
            server,
            f"DRS has no snapshot of {server.source_server_id} at or before {moment:%F %T%z} any "
            "more; go on without it (SKIP), or start again with a later moment",
        )
    return pinned_to(server, newest, moment)


def _unpinned(server: RecoveredServer, reason: str) -> RecoveredServer:
    return server.changed(
        snapshot_id=None,
        snapshot_time=None,
        skew_seconds=None,
        verdict=ServerVerdict.FAILED,
        reason=reason,
    )
