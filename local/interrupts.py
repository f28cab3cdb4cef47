"""Ctrl-C reaches every process of a terminal; the parent alone answers it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


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
