"""The time and its passing, and names for new things."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...


class Time(Clock, Protocol):
    """The time, and its passing."""

    def sleep(self, seconds: float, /) -> None:
        """Return so many seconds later."""
        ...


class Names(Protocol):
    """Names for new things, which say when they were made."""

    def ulid(self) -> str:
        """Return 26 characters that sort by time and occur once."""
        ...

    def time_of(self, ulid: str) -> datetime | None:
        """Return when such a name was made; None if it is none."""
        ...
