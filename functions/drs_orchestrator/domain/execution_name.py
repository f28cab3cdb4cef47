"""Names of executions: those that the product makes end in a ULID."""

from __future__ import annotations

import re

_OURS = re.compile(r"(?:drill|recovery)-([0-9A-Z]{26})")


def ulid_in(execution_id: str) -> str | None:
    """Return the ULID in one of our names; None for the name that a person chose."""
    match = _OURS.fullmatch(execution_id)
    return match[1] if match else None
