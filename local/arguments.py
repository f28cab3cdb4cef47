"""What the commands of `python -m` have in common: arguments, told by argparse, and their end.

They leave with 0; with 1 where what they try is wrong; with 2 where they could not try it, for the
command line or the machine is wrong; with 130 when they are stopped, 141 when their reader left.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import textwrap
from argparse import ArgumentTypeError
from argparse import HelpFormatter as _HelpFormatter
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import drs_orchestrator
from local.assembly import AssemblyError
from local.interrupts import ENDING

_NOTHING_TRIED = 2
_CTRL_C = 130
_READER_LEFT = 141
# Files that may not be written, and devices that take no more.
_UNWRITABLE = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC),
    }
)
_ROOT = Path(__file__).resolve().parents[1]


class HelpFormatter(_HelpFormatter):
    """Breaks no name at its hyphens: it can be copied."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        words = " ".join(text.split())
        return textwrap.wrap(words, width, break_on_hyphens=False, break_long_words=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Break lines, but none that is indented: those are commands."""
        lines: list[str] = []
        for line in text.splitlines():
            is_kept = not line or line.startswith(" ")
            lines += [line] if is_kept else self._split_lines(line, width)
        return "\n".join(f"{indent}{line}" for line in lines)


def examples(module: str, *of_arguments: str) -> str:
    """Return commands to copy, for the end of a help text."""
    lines = [
        f"  PYTHONPATH=.:functions .venv/bin/python -m {module} {each}".rstrip()
        for each in of_arguments
    ]
    return "\n".join(["at the top of the checkout, for example:", *lines])


class CannotTry(Exception):
    """Why a command cannot do what it is for, in a sentence."""


def leave(main: Callable[[], int | None]) -> NoReturn:
    """Run the program and leave with its exit code.

    Ctrl-C, a time-out's SIGTERM, and a terminal that is gone end it in a word, or those that the
    KeyboardInterrupt has.
    What the machine lacks ends it in a sentence.
    """
    _stop_this_process_alone()
    try:
        _check_product()
        try:
            sys.exit(main())
        finally:
            # A device that is full says so now, not when nobody can catch it any more.
            sys.stdout.flush()
    except (AssemblyError, CannotTry) as error:
        _end(_NOTHING_TRIED, str(error))
    except KeyboardInterrupt as stopped:
        _end(_CTRL_C, str(stopped) or "stopped")
    except BrokenPipeError:
        _end(_READER_LEFT)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        what, remedy = error.filename, "make it writable"
        if what is None:
            what, remedy = "the output", "see where it goes"
        _end(_NOTHING_TRIED, f"{what}: not written: {error.strerror}; {remedy}")


def _stop_this_process_alone() -> None:
    """Let what ends it interrupt it, once; processes that part from it end without a word."""
    here = os.getpid()

    def stop(number: int, _frame: object) -> None:
        if os.getpid() != here:
            os._exit(128 + number)
        for each in ENDING:
            # Another would interrupt what this one makes us do.
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in ENDING:
        # A shell lets what it starts in the background ignore Ctrl-C, nohup a terminal's end.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, stop)


def _check_product() -> None:
    """Raise CannotTry if the product is that of another checkout, which a shared .venv holds."""
    product = Path(drs_orchestrator.__file__).resolve().parent
    if product.parent.parent != _ROOT:
        raise CannotTry(
            f"{product} is not the product of {_ROOT}; run it there with PYTHONPATH=.:functions"
        )


def _end(code: int, words: str = "") -> NoReturn:
    with suppress(OSError):
        sys.stderr.write(f"{words}\n" if words else "")
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except OSError:
        # Python would try again: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def at_least(least: int, at_most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number that is no less, or more: zero runs would prove nothing."""

    def read(text: str) -> int:
        # Python would also read 1_0.
        if not re.fullmatch(r"-?[0-9]+", text):
            raise ArgumentTypeError(f"{text!r} is no whole number")
        number = int(text)
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
            if chosen.count(each) > 1:
                raise ArgumentTypeError(f"{each!r} is named twice")
        return chosen

    return read
