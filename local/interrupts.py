"""Ctrl-C reaches every process of a terminal; the parent alone answers it, and once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a time-out, a terminal that is gone."""


@contextmanager
def held_back() -> Iterator[None]:
    """Hold Ctrl-C back while processes, or threads that make processes, begin.

    They inherit that: none is interrupted before it has come so far as to ignore it. In this thread
    it is raised afterwards. https://docs.python.org/3/library/signal.html#signal.pthread_sigmask
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def heard_once() -> Iterator[None]:
    """Let the first Ctrl-C do what it does, and those after it nothing.

    A second one, which a time-out sends at once, would interrupt what the first one makes us do: a
    pool of processes that is left in the midst of its end waits for ever. So it stays when this is
    left: the program is on its way to its end.
    """
    before = {each: signal.getsignal(each) for each in ENDING}
    heard = {number: handler for number, handler in before.items() if callable(handler)}

    def hear(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        heard[signal.Signals(number)](number, frame)

    for each in heard:
        signal.signal(each, hear)
    try:
        yield
    finally:
        for number, handler in heard.items():
            if signal.getsignal(number) is hear:
                signal.signal(number, handler)
