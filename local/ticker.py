"""A thread that lets something happen again and again as simulated time goes by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from local.clock import ScaledClock


class Ticker:
    """Calls `tick` every `seconds` of simulated time; a context manager, or `start` and `stop`.

    However fast the clock runs, `shortest_real_seconds` lie between two ticks.
    An error of `tick` ends the thread, as an error of any thread does.
    """

    def __init__(
        self,
        clock: ScaledClock,
        tick: Callable[[], object],
        *,
        seconds: float,
        name: str,
        shortest_real_seconds: float = 0.02,
    ) -> None:
        self._wait_seconds = max(clock.real_seconds(seconds), shortest_real_seconds)
        self._tick = tick
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def stop(self) -> None:
        """Tick no more; returns when a tick under way is over."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._wait_seconds):
            self._tick()
