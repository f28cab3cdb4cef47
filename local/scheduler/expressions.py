"""Schedule expressions: `at(...)` once, `rate(...)` again and again.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.protocols.errors import AwsError

_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")


def is_one_time(expression: str) -> bool:
    """Return whether `expression` asks for one invocation only."""
    return expression.startswith("at(")


def first_time(expression: str, timezone: str, created_at: datetime) -> datetime:
    """Return when `expression` is first due; raises AwsError if it cannot be read.

    A rate starts at once when it has no start date. A time that is past is due at once.
    """
    moment = _AT.fullmatch(expression)
    if moment is None:
        interval(expression)
        return created_at
    try:
        local = datetime.fromisoformat(moment[1]).replace(tzinfo=ZoneInfo(timezone))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise _invalid(f"{expression} in {timezone}") from error
    return local.astimezone(UTC)


def interval(expression: str) -> timedelta:
    """Return the time between two invocations of a rate; raises AwsError if it is none."""
    rate = _RATE.fullmatch(expression)
    if rate is None:
        raise _invalid(expression)
    try:
        return timedelta(**{f"{rate[2]}s": int(rate[1])})
    except OverflowError as error:
        raise _invalid(expression) from error


def next_time(expression: str, last: datetime, now: datetime) -> datetime | None:
    """Return when `expression` is due after `now`, counted on from `last`; None: never again."""
    if is_one_time(expression):
        return None
    step = interval(expression)
    return last + step * ((now - last) // step + 1)


def _invalid(expression: str) -> AwsError:
    return AwsError(
        "ValidationException",
        f"Invalid Schedule Expression {expression}. Simulated are at(yyyy-mm-ddThh:mm:ss) and "
        "rate(value unit).",
    )
