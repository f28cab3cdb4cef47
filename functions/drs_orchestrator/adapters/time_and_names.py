"""The system's clock, and names from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ulid import ULID

from drs_orchestrator.ports.time_and_names import Clock


class SystemClock:
    """Fulfils the port `Time`."""

    def now(self) -> datetime:
        """Return the present."""
        return datetime.now(UTC)

    def sleep(self, seconds: float, /) -> None:
        """Let real time pass."""
        time.sleep(seconds)


class UlidNames:
    """Fulfils the port `Names`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def ulid(self) -> str:
        """Return a new ULID of the clock's time."""
        return str(ULID.from_datetime(self._clock.now()))

    def time_of(self, ulid: str) -> datetime | None:
        """Return the time in a ULID; None if it is none."""
        try:
            return ULID.from_str(ulid).datetime
        except ValueError:
            return None
