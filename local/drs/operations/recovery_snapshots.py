"""DescribeRecoverySnapshots."""

from __future__ import annotations

from datetime import datetime

from local.drs.errors import not_found
from local.drs.operations.context import Context
from local.drs.points_in_time import PointInTime, points_in_time
from local.drs.state import Document
from local.drs.timestamps import stamp


def describe_recovery_snapshots(context: Context, params: Document) -> Document:
    """List a server's points in time, oldest first unless `order` says otherwise.

    The newest may still be taken: it has only an `expectedTimestamp` then. Raises
    ResourceNotFoundException, which the model does not name here, for an unknown server.
    """
    server = context.estate.servers.get(params["sourceServerID"])
    if server is None:
        raise not_found("SOURCE_SERVER", params["sourceServerID"])
    filters: Document = params.get("filters") or {}
    earliest, latest = context.date(filters, "fromDateTime"), context.date(filters, "toDateTime")
    points = [
        point
        for point in points_in_time(server, context.estate.region, context.now, context.behaviour)
        if (earliest is None or point.at >= earliest) and (latest is None or point.at <= latest)
    ]
    descending = params.get("order") == "DESC"
    return context.page(
        points[::-1] if descending else points,
        params,
        position=lambda point: int(point.at.timestamp()),
        view=lambda point: _view(point, params["sourceServerID"], context.now),
        descending=descending,
    )


def _view(point: PointInTime, server_id: str, now: datetime) -> Document:
    view: Document = {
        "snapshotID": point.snapshot_id,
        "sourceServerID": server_id,
        "expectedTimestamp": stamp(point.at),
    }
    if now >= point.taken_at:
        view["timestamp"] = stamp(point.at)
        view["ebsSnapshots"] = list(point.ebs_snapshot_ids)
    return view
