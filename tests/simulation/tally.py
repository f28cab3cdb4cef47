"""How far a long run is, and how to go on with one that was stopped."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Hashable, Sequence
from types import TracebackType
from typing import Generic, TypeVar

from local.arguments import at_least

T = TypeVar("T", bound=Hashable)
_TELLS_EVERY_SECONDS = 60.0


def command(tool: str, *arguments: object, **options: object) -> str:
    """Return what runs a tool at the top of this checkout; options without a value are left out.

    .venv may be shared with another checkout: the path says whose product is tried.
    """
    words = [f"PYTHONPATH=.:functions .venv/bin/python -m tests.simulation.{tool}"]
    words += map(str, arguments)
    for name, value in options.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        words += [f"--{name} {each}" for each in values]
    return " ".join(words)


def offer_first(parser: ArgumentParser, what: str) -> None:
    """Let a command line leave out the first of its items, which `behind_first` then does."""
    parser.add_argument(
        "--first",
        type=at_least(0),
        default=0,
        metavar="N",
        help=f"leave out so many of the first {what} (default: %(default)s)",
    )


def behind_first(chosen: Sequence[T], first: int, parser: ArgumentParser, what: str) -> Sequence[T]:
    """Return the items that are left; end with an error if none is."""
    if first >= len(chosen):
        parser.error(f"--first {first}: there are {len(chosen)} {what}")
    return chosen[first:]


class Tally(Generic[T]):
    """Counts what is done of a run's `items`, no two of which are equal; use it as a context
    manager: Ctrl-C then says how far the run is, and how to go on.

    Items may end in any order. `go_on` returns the command for those that are left when so many,
    the first of all, are done.
    """

    def __init__(self, items: Sequence[T], what: str, go_on: Callable[[int], str]) -> None:
        self.done = self.wrong = 0
        self._items = items
        self._what = what
        self._go_on = go_on
        self._first_left = 0
        self._ahead = set[T]()
        self._began = time.monotonic()
        self._tells_at = self._began + _TELLS_EVERY_SECONDS

    def __enter__(self) -> Tally[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(f"stopped after {self._so_far}{self._rest}") from None

    def add(self, item: T, *, is_wrong: bool) -> None:
        """Count an item that is done, and say now and then how many are."""
        self.done += 1
        self.wrong += is_wrong
        self._ahead.add(item)
        while self._first_left < len(self._items) and self._next in self._ahead:
            self._ahead.remove(self._next)
            self._first_left += 1
        if time.monotonic() >= self._tells_at:
            self._tells_at += _TELLS_EVERY_SECONDS
            print(f"{self._so_far}, in {self.seconds:.0f} s", flush=True)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    @property
    def _next(self) -> T:
        return self._items[self._first_left]

    @property
    def _so_far(self) -> str:
        return f"{self.done} of {len(self._items)} {self._what}, {self.wrong} wrong"

    @property
    def _rest(self) -> str:
        if self._first_left == len(self._items):
            return ""
        where = ", from the first that is not done," if self._ahead else ""
        return f"; go on{where} with\n    {self._go_on(self._first_left)}"
