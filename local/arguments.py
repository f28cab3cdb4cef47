"""What the commands of `python -m` take as arguments; argparse tells what is wrong with one."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Collection


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is no less: zero runs would prove nothing."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < least:
            raise ArgumentTypeError(f"{number} is less than {least}")
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
