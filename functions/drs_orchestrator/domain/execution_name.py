"""Names of executions: those that the product makes say when they were made."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OURS = re.compile(rf"(?:drill|recovery)-([0-7][{_DIGITS}]{{9}})[{_DIGITS}]{{16}}")


def made_at(execution_id: str) -> datetime | None:
    """Return the time in the ULID of one of our names; None for the name that a person chose."""
    match = _OURS.fullmatch(execution_id)
    if match is None:
        return None
    milliseconds = 0
    for digit in match[1]:
        milliseconds = milliseconds * len(_DIGITS) + _DIGITS.index(digit)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
