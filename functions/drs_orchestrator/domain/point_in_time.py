"""Points in time: to which moment servers are recovered, and how near to it each one comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticKnownError

from drs_orchestrator.domain.errors import Fault, InvalidRequest
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import SourceServerId

Latest = Literal["LATEST"]
# RFC 3339. Seconds since 1970, which pydantic takes too, may be meant as a date: 20260131.
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _refuse_other_forms(value: object) -> object:
    written = isinstance(value, str) and _WRITTEN.fullmatch(value)
    if not (written or isinstance(value, datetime)):
        raise PydanticKnownError("datetime_type")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_other_forms)]
PointInTime = Moment | Latest
"""A moment, or LATEST: what DRS replicates at the time of the launch."""

# They travel in the workflow's input and in the execution's header.
PointsInTime = PointInTime | Annotated[dict[SourceServerId, PointInTime], Field(max_length=100)]
"""For the whole plan, or by server; a server that is not named is recovered to LATEST."""

# How far a caller's clock may be ahead of ours.
_CLOCK_SKEW = timedelta(seconds=5)


class RecoverySnapshot(Model):
    """A consistent state of a server that DRS keeps."""

    snapshot_id: str
    timestamp: AwareDatetime


def wanted_for(server_id: str, points: PointsInTime | None) -> PointInTime:
    """Return the point in time that a start names for a server."""
    if isinstance(points, dict):
        return points.get(server_id, "LATEST")
    return points or "LATEST"


def check_not_future(points: PointsInTime | None, now: datetime) -> None:
    """Raise InvalidRequest naming every moment that has not come: nothing can be as it will be.

    DRS would take its latest snapshot for it without a word.
    """
    named = points if isinstance(points, dict) else {"": points}
    faults = [
        Fault(
            f"/pointInTime/{server}".rstrip("/"),
            f"{moment:%FT%T%z} is in the future, it is {now:%FT%T%z} now; "
            "name a moment that has passed, or LATEST",
        )
        for server, moment in named.items()
        if isinstance(moment, datetime) and moment > now + _CLOCK_SKEW
    ]
    if faults:
        raise InvalidRequest("no server can be recovered to the future", faults)


def newest_not_after(
    moment: AwareDatetime, snapshots: Sequence[RecoverySnapshot]
) -> RecoverySnapshot | None:
    """Return the newest snapshot that is not younger than the moment."""
    fitting = [snapshot for snapshot in snapshots if snapshot.timestamp <= moment]
    return max(fitting, key=lambda snapshot: snapshot.timestamp, default=None)
