"""Times and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.errors import BadInput


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time as an aware datetime."""
    return datetime.fromisoformat(text)


def point_in_time(text: str) -> str:
    """Return a point in time as the API takes it; raise BadInput for what it cannot take."""
    if text.upper() == "LATEST":
        return "LATEST"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            f"--at: '{text}' is no moment in a time zone; write it like 2026-11-23T02:00:00Z,"
            " or LATEST"
        )
    return moment.isoformat()


def elapsed_seconds(start: str | None, end: str | None) -> float | None:
    """Return the seconds between two RFC 3339 times, never negative; None if one is missing."""
    if not start or not end:
        return None
    return max(0.0, (parse_time(end) - parse_time(start)).total_seconds())


def duration_text(seconds: float | None) -> str:
    """Return `45s`, `9m 41s` or `2h 05m`; nothing for an unknown duration."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"


def stopwatch_text(seconds: float) -> str:
    """Return `hh:mm:ss`; the hours may have more digits."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest:02d}"


def moment_text(text: str | None) -> str:
    """Return a time to the second, in UTC; nothing for an unknown one."""
    return f"{parse_time(text).astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if text else ""
