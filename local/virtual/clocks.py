"""The clocks that the product's functions read: those of many hosts, which are not quite right."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.virtual.processes import Schedule


class Clocks:
    """The time as each function sees it; `ahead` says how far its clock is, by its short name."""

    def __init__(self, schedule: Schedule) -> None:
        self.ahead: dict[str, timedelta] = {}
        self._schedule = schedule

    @property
    def apart(self) -> timedelta:
        """How far the clocks of two of all there are differ at most."""
        ahead = [timedelta(0), *self.ahead.values()]
        return max(ahead) - min(ahead)

    def now(self) -> datetime:
        """Return the time that the clock of whoever asks shows."""
        caller = self._schedule.current
        return self._schedule.now() + self.ahead.get(caller.name if caller else "", timedelta(0))

    def sleep(self, seconds: float, /) -> None:
        """Return so many seconds later."""
        self._schedule.sleep(seconds)
