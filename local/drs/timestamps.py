"""Timestamps and durations in the notations of DRS."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def stamp(at: datetime) -> str:
    """Return `at` as DRS prints it: microseconds and `+00:00`, not the Z of the model's pattern."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def parse_stamp(text: str) -> datetime:
    """Read a timestamp with or without a fraction, with `Z` or an offset; else ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def parse_duration(text: str) -> timedelta | None:
    """Read an ISO 8601 duration such as `P0D` or `PT11M`; None if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    return timedelta(**{unit: float(amount or 0) for unit, amount in match.groupdict().items()})
