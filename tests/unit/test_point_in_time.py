"""A moment that has not come is refused, with room for clocks that differ by seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from drs_orchestrator.domain.errors import InvalidRequest
from drs_orchestrator.domain.point_in_time import PointsInTime, check_not_future

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T10:00:00Z",
        "2026-01-01t10:00:00z",
        "2026-01-01T10:00:00.000000+00:00",
        "2026-01-01T12:00:00+02:00",
    ],
)
def test_a_moment_is_written_as_rfc_3339_says(text: str) -> None:
    assert TypeAdapter(PointsInTime).validate_python(text) == NOW


@pytest.mark.parametrize(
    "points", [None, "LATEST", NOW, NOW + timedelta(seconds=4), {"s-50000000000000001": NOW}]
)
def test_what_has_been_is_accepted(points: PointsInTime | None) -> None:
    check_not_future(points, NOW)


def test_every_server_with_a_moment_in_the_future_is_named() -> None:
    later = NOW + timedelta(minutes=1)

    with pytest.raises(InvalidRequest) as refusal:
        check_not_future({"s-1": later, "s-2": NOW, "s-3": later}, NOW)

    assert [f.pointer for f in refusal.value.faults] == ["/pointInTime/s-1", "/pointInTime/s-3"]
