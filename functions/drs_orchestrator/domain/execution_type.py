"""DRILL or RECOVERY: the one difference between two executions of a plan."""

from __future__ import annotations

from enum import StrEnum


class ExecutionType(StrEnum):
    """DRILL and RECOVERY are one engine; the difference is DRS's `isDrill` and our tags."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"

    @property
    def is_drill(self) -> bool:
        """The explicit `isDrill` of every DRS call; DRS reads an absent one as a recovery."""
        return self is ExecutionType.DRILL
