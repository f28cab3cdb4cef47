"""Many runs in several processes, for those that take minutes or hours."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NoReturn, TypeVar

from local.arguments import at_least
from local.assembly import is_made
from local.interrupts import held_back
from local.virtual.world import deployment_of
from tests.workflow.laptop import ACCOUNT, REGION

MOST_PROCESSES = 2 * (os.cpu_count() or 1)
"""More are slower; each takes a gigabyte at times."""
T = TypeVar("T")
R = TypeVar("R")
# A world leaves little behind, and what botocore and the product keep for ever is frozen.
_ALLOCATIONS_PER_COLLECTION = 50_000
# To look for that little costs a tenth of all time. A process that ends when it has done so many
# times `at_once` items need not look at all: a random history leaves a megabyte.
_TASKS_PER_PROCESS = 100


def offer_processes(parser: ArgumentParser, items: str, default: int) -> None:
    """Let a command line say how many processes share its items."""
    parser.add_argument(
        "--processes",
        type=at_least(1, MOST_PROCESSES),
        default=default,
        metavar="N",
        help=f"that share the {items}, at most {MOST_PROCESSES} (default: %(default)s)",
    )


def work(
    do: Callable[[T], R], items: Iterable[T], processes: int, *, at_once: int = 4
) -> Generator[R, None, None]:
    """Do it with every item; results come as they are ready, in order where one process does it.

    `do` is a function of a module, and items and results can be pickled. A process takes so many
    items `at_once`.
    """
    if not is_made():
        print("synthesizing the templates, once", file=sys.stderr, flush=True)
    deployment_of(ACCOUNT, REGION)
    left = iter(items)
    # What the first item loads is loaded once, before the processes part.
    yield from map(do, islice(left, 1))
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION, 20, 50)
    rest = list(left)
    if processes == 1 or not rest:
        yield from map(do, rest)
        return
    with held_back():
        pool = multiprocessing.get_context("fork").Pool(
            processes, _begin, maxtasksperchild=_TASKS_PER_PROCESS
        )
    with pool:
        yield from pool.imap_unordered(do, rest, chunksize=at_once)
        # A process that is ended while it begins may hang.
        pool.close()
        pool.join()


class TookTooLong(BaseException):
    """Something has not ended in its time; nothing that is tried can catch it."""


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Raise TookTooLong where this process is after so many seconds of real time, if it is still
    inside, though it may wait for a lock that never comes.
    """

    def end(_signal: int, _frame: object) -> NoReturn:
        raise TookTooLong(f"no end after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _begin() -> None:
    """Ctrl-C reaches every process; the parent ends this one, and no item has gone wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
