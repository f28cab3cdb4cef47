"""The one clock of the laptop: interpreter, handlers and simulator all read it.

Simulated time may run faster than real time (`scale`), never backwards. Times are aware UTC
datetimes, durations are seconds of simulated time.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can tell the time; the product's own port of the same name has this shape."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


class PassingClock(Clock, Protocol):
    """A clock whose time passes while somebody waits."""

    def wait(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Wait so long, or until the event; return whether it is set."""
        ...


class ScaledClock:
    """Simulated time from `start` (default: now) on, `scale` times as fast as real time."""

    def __init__(self, scale: float = 1.0, start: datetime | None = None) -> None:
        if scale <= 0:
            raise ValueError(f"scale must be positive, got {scale}")
        self.scale = scale
        self._start = start or datetime.now(UTC)
        self._zero = time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self.scale)

    def advance_to(self, moment: datetime) -> None:
        """Jump to `moment` (aware) if it lies ahead; a clock that is already later stays as it is.

        A saved state may lie ahead of the wall clock, because simulated time ran faster.
        """
        with self._lock:
            ahead = moment - self.now()
            if ahead > timedelta(0):
                self._start += ahead

    def real_seconds(self, simulated_seconds: float) -> float:
        """Return how long that lasts in real time, never more than a thread can wait."""
        return min(max(0.0, simulated_seconds) / self.scale, threading.TIMEOUT_MAX)

    def sleep(self, simulated_seconds: float) -> None:
        """Block the calling thread for `simulated_seconds`."""
        time.sleep(self.real_seconds(simulated_seconds))

    def wait(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Block the calling thread so long, or until the event; return whether it is set."""
        return until.wait(self.real_seconds(simulated_seconds))


class ManualClock:
    """Simulated time that moves only when told to: for tests and for proof."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, 10, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._now

    def advance(self, simulated_seconds: float) -> None:
        """Move the time forward by `simulated_seconds`."""
        if simulated_seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=simulated_seconds)
