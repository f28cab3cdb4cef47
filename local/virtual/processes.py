"""Processes that take turns on one simulated clock; nothing runs beside them, no time passes.

A process is ordinary code that sleeps and waits; it is a greenlet, so it may do so anywhere, in the
middle of a handler too. The next to run is always the one whose time comes first, and among equals
the one that asked first: so the same program always runs the same way.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")
# SDKs compare the expiry of credentials with the real time: here nothing ever expires by that.
BEGINNING = datetime(2100, 1, 4, 8, tzinfo=UTC)


class Killed(BaseException):
    """Ends a process at the place where it rests; no handler's `except Exception` stops it."""


class Timer:
    """Something that happens later, unless it is cancelled."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], object]) -> None:
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Let it not happen."""
        self.action = None


class Process:
    """Code under way. `name` and `labels` are for whoever watches."""

    def __init__(self, schedule: Schedule, run: Callable[[], object], name: str) -> None:
        self.name = name
        self.labels: dict[str, str] = {}
        self._schedule = schedule
        self._run = run
        self._timer: Timer | None = None
        self._is_doomed = False
        self._greenlet = greenlet(self._body, parent=schedule.hub)

    @property
    def has_begun(self) -> bool:
        """Whether it runs, or rests somewhere in the middle."""
        return bool(self._greenlet)

    @property
    def has_ended(self) -> bool:
        """Whether it will never run again."""
        return self._greenlet.dead

    def kill(self, error: Killed) -> None:
        """Raise the error where the process rests, as the next thing that happens."""
        if self.has_ended or self._is_doomed:
            return
        self.wake_after(0, lambda: self._greenlet.throw(error))
        self._is_doomed = True

    def wake_after(self, seconds: float, wake: Callable[[], object] | None = None) -> None:
        """Continue after so many seconds, instead of whenever it would have continued."""
        if self._is_doomed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._schedule.after(seconds, wake or self._greenlet.switch)

    def rest(self) -> None:
        """Give way until something wakes this process, which must be the running one."""
        self._schedule.hub.switch()
        self._timer = None

    def _body(self) -> None:
        self._schedule.alive[self._greenlet] = self
        try:
            self._run()
        except Killed:
            pass
        finally:
            del self._schedule.alive[self._greenlet]


class Schedule:
    """What happens when. It is driven from where it was made, and tells the time: a Clock."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self.hub = getcurrent()
        self.alive: dict[greenlet, Process] = {}
        self.steps = 0
        self._start = start
        self._now = start
        self._now_microseconds = 0
        # By the microsecond and the order of asking, so that no two are equal.
        self._timers: list[tuple[int, int, Timer]] = []
        self._order = 0

    @property
    def current(self) -> Process | None:
        """The process that runs now; None in the code that drives the schedule."""
        return self.alive.get(getcurrent())

    @property
    def elapsed_seconds(self) -> float:
        """How long it has been since the beginning."""
        return self._now_microseconds / 1e6

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._now

    def after(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Let `action` happen in so many seconds; it must not rest."""
        self._order += 1
        delay = max(0, round(seconds * 1e6))
        timer = Timer(action)
        heapq.heappush(self._timers, (self._now_microseconds + delay, self._order, timer))
        return timer

    def at(self, moment: datetime, action: Callable[[], object]) -> Timer:
        """Let `action` happen at a moment, at once if it has passed; it must not rest."""
        return self.after((moment - self.now()) / timedelta(seconds=1), action)

    def spawn(self, run: Callable[[], object], name: str, delay_seconds: float = 0) -> Process:
        """Begin a process; an error that leaves it leaves `step` too."""
        process = Process(self, run, name)
        process.wake_after(delay_seconds)
        return process

    def sleep(self, seconds: float) -> None:
        """Let time pass for the running process; the driving code has no time to pass."""
        process = self.current
        if process is not None and seconds > 0:
            process.wake_after(seconds)
            process.rest()

    def wait(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Let time pass as `sleep` does; return whether the event is set then."""
        self.sleep(simulated_seconds)
        return until.is_set()

    def take(self, until: threading.Event, simulated_seconds: float) -> bool:
        """Let time pass as `wait` does: nobody works in real time here."""
        return self.wait(until, simulated_seconds)

    def next_at(self) -> datetime | None:
        """Return when the next thing happens, None if nothing ever will."""
        self._forget_cancelled()
        if not self._timers:
            return None
        return self._start + timedelta(microseconds=self._timers[0][0])

    def step(self) -> bool:
        """Let the next thing happen; return False if there is none."""
        self._forget_cancelled()
        if not self._timers:
            return False
        microseconds, _, timer = heapq.heappop(self._timers)
        if microseconds != self._now_microseconds:
            self._now_microseconds = microseconds
            self._now = self._start + timedelta(microseconds=microseconds)
        self.steps += 1
        if timer.action is not None:
            timer.action()
        return True

    def close(self) -> None:
        """End every process that rests, so that none is ended by the garbage collector."""
        self._timers.clear()
        while self.alive:
            resting = next(iter(self.alive))
            resting.throw(Killed())

    def _forget_cancelled(self) -> None:
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)


class Signal(Generic[T]):
    """Something that happens once, and processes that wait for it."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._waiting: list[Process] = []
        self._values: list[T] = []

    @property
    def is_set(self) -> bool:
        """Whether it has happened."""
        return bool(self._values)

    @property
    def value(self) -> T:
        """What it happened with."""
        return self._values[0]

    def set(self, value: T) -> bool:
        """Let it happen, unless it has; return whether this was the time."""
        if self._values:
            return False
        self._values.append(value)
        for process in self._waiting:
            process.wake_after(0)
        return True

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until it happens, or for so long; return whether it has happened."""
        process = self._schedule.current
        if process is None:
            raise RuntimeError("only a process can wait; spawn one")
        if not self._values:
            self._waiting.append(process)
            if timeout_seconds is not None:
                process.wake_after(timeout_seconds)
            try:
                process.rest()
            finally:
                self._waiting.remove(process)
        return self.is_set


class Lock:
    """What one process holds at a time, as a context manager; others rest until it is free.

    A lock of `threading` would hold up all processes at once, its holder too: they are one thread.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._freed: Signal[None] | None = None

    def __enter__(self) -> None:
        while self._freed is not None:
            self._freed.wait()
        self._freed = Signal(self._schedule)

    def __exit__(self, *_: object) -> None:
        freed, self._freed = self._freed, None
        if freed is not None:
            freed.set(None)
