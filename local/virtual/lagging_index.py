"""What global secondary indexes show of a table: what was in it some seconds ago.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from drs_orchestrator.adapters.items import Key

T = TypeVar("T")


class LaggingIndex(Generic[T]):
    """Items of a table, `lag_seconds` behind it by the clock `now`, which counts seconds."""

    def __init__(self, lag_seconds: float = 0.0, now: Callable[[], float] = lambda: 0.0) -> None:
        self._lag_seconds = lag_seconds
        self._now = now
        self._shown: dict[Key, T] = {}
        self._written: deque[tuple[float, Key, T | None]] = deque()

    def note(self, key: Key, item: T | None) -> None:
        """Take what was written to the table; None was deleted, or is in no index any more."""
        self._written.append((self._now() + self._lag_seconds, key, item))
        self._catch_up()

    def items(self) -> Iterable[tuple[Key, T]]:
        """Return what it shows now."""
        self._catch_up()
        return self._shown.items()

    def _catch_up(self) -> None:
        while self._written and self._written[0][0] <= self._now():
            _, key, item = self._written.popleft()
            if item is None:
                self._shown.pop(key, None)
            else:
                self._shown[key] = item
