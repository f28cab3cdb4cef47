"""Many runs in several processes, for those that take minutes or hours."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from local.virtual.world import deployment_of
from tests.workflow.laptop import ACCOUNT, REGION

T = TypeVar("T")
R = TypeVar("R")
# A world leaves little behind, and what botocore and the product keep for ever is frozen.
_ALLOCATIONS_PER_COLLECTION = 50_000


def work(
    do: Callable[[T], R], items: Iterable[T], processes: int, *, at_once: int = 4
) -> Generator[R, None, None]:
    """Do it with every item; results come as they are ready, in order where one process does it.

    `do` is a function of a module, and items and results can be pickled. A process takes so many
    items `at_once`.
    """
    deployment_of(ACCOUNT, REGION)  # once, before the processes part
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION, 20, 50)
    if processes == 1:
        yield from map(do, items)
        return
    with multiprocessing.get_context("fork").Pool(processes, _leave_interrupts) as pool:
        yield from pool.imap_unordered(do, items, chunksize=at_once)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process; the parent ends this one, and no item has gone wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
