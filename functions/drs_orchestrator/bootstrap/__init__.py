"""The one place where settings become adapters and adapters become use cases.

Called inside handlers; what a handler does not use is never made. Each file here holds a group of
use cases, and a handler names the group that it needs: at its cold start a function imports
nothing of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.sessions import MakeSession, make_session
from drs_orchestrator.adapters.time_and_names import SystemClock, UlidNames
from drs_orchestrator.bootstrap.adapters import Adapters
from drs_orchestrator.ports.time_and_names import Names, Time
from drs_orchestrator.settings import read_settings

GroupT = TypeVar("GroupT", bound=Adapters)


@dataclass
class World:
    """What a deployment takes from its surroundings; the laptop gives its own clock.

    There one process plays all functions, so that it also names the group that `serves` them all,
    with one set of clients. The virtual-time runner gives more: `names` instead of ULIDs that
    nobody can foresee, `make_session` for sessions whose calls it answers itself, and `items`, a
    table by its name.
    """

    clock: Time = field(default_factory=SystemClock)
    serves: type[Adapters] | None = None
    names: Names | None = None
    make_session: MakeSession = make_session
    items: Callable[[str], Items] | None = None


world = World()
_made: dict[type[Adapters], Adapters] = {}


def use_cases(group: type[GroupT]) -> GroupT:
    """Return a group of use cases, or one that includes it; they live as long as the process."""
    kind = world.serves or group
    made = _made.get(kind) or _made.setdefault(kind, _make(kind))
    assert isinstance(made, group)  # noqa: S101 - for mypy; what serves all is a kind of each
    return made


def forget() -> None:
    """Let the next use cases be made anew, from another `world` or environment."""
    _made.clear()


def _make(group: type[Adapters]) -> Adapters:
    names = world.names or UlidNames(world.clock)
    return group(read_settings(), world.clock, names, world.make_session, world.items)
