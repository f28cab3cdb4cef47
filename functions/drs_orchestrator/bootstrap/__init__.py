"""The one place where settings become adapters and adapters become use cases.

Called inside handlers; what a handler does not use is never made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.sessions import MakeSession, make_session
from drs_orchestrator.adapters.time_and_names import SystemClock, UlidNames
from drs_orchestrator.bootstrap.catalogue import CatalogueUseCases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.bootstrap.executions import ExecutionUseCases
from drs_orchestrator.ports.time_and_names import Clock, Names, Pause
from drs_orchestrator.settings import read_settings


class Orchestrator(CatalogueUseCases, ExecutionUseCases, DecisionUseCases, CleanUpUseCases):
    """All use cases of one process."""


@dataclass
class World:
    """What a deployment takes from its surroundings; the laptop gives its own clock and pauses.

    The virtual-time runner gives more: `names` instead of ULIDs that nobody can foresee,
    `make_session` for sessions whose calls it answers itself, and `items`, a table by its name.
    """

    clock: Clock = field(default_factory=SystemClock)
    pause: Pause = time.sleep
    names: Names | None = None
    make_session: MakeSession = make_session
    items: Callable[[str], Items] | None = None


world = World()


@cache
def orchestrator() -> Orchestrator:
    """Return the use cases of this process; `orchestrator.cache_clear()` after a new `world`."""
    names = world.names or UlidNames(world.clock)
    return Orchestrator(
        read_settings(), world.clock, world.pause, names, world.make_session, world.items
    )
