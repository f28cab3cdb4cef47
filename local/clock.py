"""The one clock of the laptop: interpreter, handlers and simulator all read it.

Simulated time may run faster than real time (`scale`), never backwards. Times are aware UTC
datetimes, durations are seconds of simulated time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Between two looks of one who waits while others work: short beside any wait, long enough to let
# them work.
_LOOK_AGAIN_SECONDS = 0.002


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

    def take(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Wait so long, or until the event, as a part of somebody's work (see `working`)."""
        ...


class ScaledClock:
    """Simulated time from `start` (default: now) on, `scale` times as fast as real time.

    While somebody is `working`, it passes no faster than real time: a handler that computes for
    20 ms takes 20 ms of simulated time at any scale and on any machine, however busy.
    """

    def __init__(self, scale: float = 1.0, start: datetime | None = None) -> None:
        if scale <= 0:
            raise ValueError(f"scale must be positive, got {scale}")
        self.scale = scale
        self._moment = start or datetime.now(UTC)
        self._read_at = time.monotonic()
        self._workers = 0
        self._takers = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated time."""
        with self._lock:
            return self._now()

    def advance_to(self, moment: datetime) -> None:
        """Jump to `moment` (aware) if it lies ahead; a clock that is already later stays as it is.

        A saved state may lie ahead of the wall clock, because simulated time ran faster.
        """
        with self._lock:
            self._moment = max(moment, self._now())

    @contextmanager
    def working(self) -> Iterator[None]:
        """Keep simulated time from running away from somebody's real work."""
        self._count(workers=1)
        try:
            yield
        finally:
            self._count(workers=-1)

    def real_seconds(self, simulated_seconds: float) -> float:
        """Return how long that lasts in real time at least, never more than a thread can wait."""
        return min(max(0.0, simulated_seconds) / self.scale, threading.TIMEOUT_MAX)

    def wait(
        self,
        until: threading.Event,
        simulated_seconds: float,
        *,
        shortest_real_seconds: float = 0.0,
    ) -> bool:
        """Block the calling thread so long, or until the event; return whether it is set.

        However fast the clock runs, the wait lasts `shortest_real_seconds`.
        """
        wanted = min(max(0.0, simulated_seconds), threading.TIMEOUT_MAX)
        end = self.now() + timedelta(seconds=wanted)
        real_end = time.monotonic() + shortest_real_seconds
        longest = max(self.real_seconds(wanted), shortest_real_seconds)
        while not until.wait(longest):
            left_seconds = (end - self.now()).total_seconds()
            real_left_seconds = real_end - time.monotonic()
            if left_seconds <= 0 and real_left_seconds <= 0:
                return False
            longest = max(self.real_seconds(left_seconds), real_left_seconds, _LOOK_AGAIN_SECONDS)
        return True

    def take(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Wait as a part of somebody's work: meanwhile time passes as if nobody worked."""
        self._count(takers=1)
        try:
            return self.wait(until, simulated_seconds)
        finally:
            self._count(takers=-1)

    def sleep(self, simulated_seconds: float, /) -> None:
        """Block the calling thread so long, as a part of somebody's work."""
        self.take(threading.Event(), simulated_seconds)

    def _now(self) -> datetime:
        held = self._workers > 0 and self._takers == 0
        scale = min(1.0, self.scale) if held else self.scale
        real_now = time.monotonic()
        self._moment += timedelta(seconds=(real_now - self._read_at) * scale)
        self._read_at = real_now
        return self._moment

    def _count(self, *, workers: int = 0, takers: int = 0) -> None:
        with self._lock:
            self._now()
            self._workers += workers
            self._takers += takers


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
