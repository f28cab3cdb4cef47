"""What is made when it is first used, and then kept: clients, and what is made from them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
# One for all: a boto3 session makes clients for one thread at a time. Again by the same thread,
# because a paginator makes its client.
_making = threading.RLock()


class FirstUse(Generic[T]):
    """Returns what `make` makes, the same each time. Several threads may be the first."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None

    def __call__(self) -> T:
        """Return the thing; raise what `make` raises, and try again the next time."""
        if self._made is None:
            with _making:
                if self._made is None:
                    self._made = self._make()
        return self._made
