"""What the commands of `python -m` have in common: arguments, told by argparse, and their end."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Collection
from typing import NoReturn

from local.assembly import AssemblyError

_CTRL_C = 130


def leave(main: Callable[[], int | None]) -> NoReturn:
    """Run the program and leave with its exit code; Ctrl-C ends it in a word, with 130.

    Templates that cannot be made end it in a sentence.
    """
    try:
        sys.exit(main())
    except AssemblyError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
        sys.stderr.write("stopped\n")
        sys.exit(_CTRL_C)


def at_least(least: int, at_most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number that is no less, or more: zero runs would prove nothing."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < least:
            raise ArgumentTypeError(f"{number} is less than {least}")
        if at_most is not None and number > at_most:
            raise ArgumentTypeError(f"{number} is more than {at_most}")
        return number

    return read


def some_of(names: Collection[str]) -> Callable[[str], list[str]]:
    """Return what reads names with commas between them, each one of `names`."""

    def read(text: str) -> list[str]:
        chosen = text.split(",")
        for each in chosen:
            if each not in names:
                raise ArgumentTypeError(f"there is no {each!r}; there are {', '.join(names)}")
        return chosen

    return read
