"""What the handlers' process knows while it is part of a virtual world, and what it forgets then.

Four things in libraries and in the product look past what `bootstrap` is given; each has a seam
here and nowhere else: botocore sleeps before it sends again, a look at many servers takes threads,
roles of other accounts are assumed under a lock, and all, like much else, draw lots from `random`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Self, TypeVar

import botocore.endpoint

from drs_orchestrator import bootstrap, observability
from drs_orchestrator.adapters import sessions
from drs_orchestrator.services.preparation import look_at_snapshots
from drs_orchestrator.services.waves import examine_servers
from local.deployment import Deployment
from local.functions import load_handler
from local.process_environment import ProcessEnvironment, process_in_use, shared_block
from local.virtual.processes import Lock, Schedule

T = TypeVar("T")
R = TypeVar("R")
# Nobody listens on this port; a request that slipped through would be refused, not sent out.
_NOWHERE = "http://127.0.0.1:9"
# Threads take turns as the machine likes: one seed would be many histories.
_WITH_THREADS = (examine_servers, look_at_snapshots)


class WorldBusy(Exception):
    """An engine or another world runs in this process already."""


@contextmanager
def inhabited(
    deployment: Deployment, world: bootstrap.World, schedule: Schedule, seed: int
) -> Iterator[None]:
    """Let this process be the one that all handlers of `deployment` run in.

    `random` is seeded, and afterwards as before. Raises WorldBusy.
    """
    place = (deployment.account_id, deployment.region)
    environment = ProcessEnvironment(_NOWHERE, *place, shared_block(deployment.functions))
    lots = random.getstate()
    if not process_in_use.acquire(blocking=False):
        raise WorldBusy("end the world, or stop the engine, that runs in this process first")
    with ExitStack() as undo:
        undo.callback(process_in_use.release)
        environment.enter()
        undo.callback(environment.leave)
        undo.callback(random.setstate, lots)
        random.seed(seed)
        undo.enter_context(
            replaced(botocore.endpoint, "time", SimpleNamespace(sleep=schedule.sleep))
        )
        lock = SimpleNamespace(Lock=partial(Lock, schedule))
        undo.enter_context(replaced(sessions, "threading", lock))
        for module in _WITH_THREADS:
            undo.enter_context(replaced(module, "ThreadPoolExecutor", OneAfterAnother))
        undo.enter_context(replaced(bootstrap, "world", world))
        undo.callback(observability.logger.setLevel, observability.logger.log_level)
        observability.logger.setLevel(logging.CRITICAL)
        undo.callback(bootstrap.forget)
        bootstrap.forget()
        for function in deployment.functions:
            load_handler(function)
        yield


@contextmanager
def replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """Let an attribute of a module or an object be another for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


class OneAfterAnother:
    """A pool of threads that has none."""

    def __init__(self, max_workers: int | None = None) -> None:
        del max_workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return what the function makes of every item."""
        return [function(item) for item in items]
