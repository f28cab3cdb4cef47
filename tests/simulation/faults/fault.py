"""What a fault is, and one fault on its way through one history."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from local.virtual.calls import Call
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld

Meets = Callable[[Call], bool]
Hook = Callable[["Strike", Call], bool]
"""Stands before or after a call once the fault has set in: raises, or returns whether the call has
met it."""

Ends = frozenset[str]
"""States in which an execution may end."""
NO_HARM: Ends = frozenset({"COMPLETED"})
"""What passes by itself, or is over when a person says RETRY."""
GIVEN_UP: Ends = frozenset({"COMPLETED", "FAILED"})
"""What may last until the workflow has given up."""
GONE_WITHOUT: Ends = frozenset({"PARTIAL"})
"""What does not pass: in the end a person says SKIP."""
LASTS: Ends = frozenset({"COMPLETED", "PARTIAL"})
"""What may be over in time, or concern something that is looked at no more, or else be skipped."""
CALLED_OFF: Ends = frozenset({"CANCELLED"})
GIVES_UP: Ends = frozenset({"FAILED"})
"""What lasts longer than the workflow tries again, where nobody can be asked."""

NO_CLEAN_UP = "NONE"
"""In place of how a drill's clean-up ended: none is on record."""
TIDY: Ends = frozenset({"COMPLETED"})
"""How a clean-up ends after all that is over before it has tried for an hour."""
UNTIDY: Ends = frozenset({"INCOMPLETE"})
"""What breaks a clean-up off, or lasts as long as it tries."""
MAYBE_TIDY: Ends = TIDY | UNTIDY
"""What may be over in time for it, or strike it when nothing is left to do."""
UNPROMISED: Ends = frozenset({NO_CLEAN_UP})
"""What keeps anybody from promising one, and is on record."""


def any_call(_call: Call) -> bool:
    """Meet every call."""
    return True


def of_service(*services: str) -> Meets:
    """Meet the calls of these services, by the names that their requests are signed for."""
    return lambda call: call.service in services


def of_operation(*names: str) -> Meets:
    """Meet the calls of these operations, such as `drs.StartRecovery`."""
    return lambda call: f"{call.service}.{call.operation}" in names


def of_function(*names: str) -> Meets:
    """Meet the calls of these functions, by their short names."""
    return lambda call: call.caller in names


def both(first: Meets, second: Meets) -> Meets:
    """Meet what both meet."""
    return lambda call: first(call) and second(call)


def _never(_strike: Strike, _call: Call) -> bool:
    return False


def _at_once(_strike: Strike) -> bool:
    return True


def meets_while_it_lasts(strike: Strike, call: Call) -> bool:
    """Count the calls that the fault concerns: what `sets_in` left behind lets them go wrong."""
    return strike.fault.meets(call)


@dataclass(frozen=True)
class Fault:
    """One way in which something goes wrong.

    meets: which calls of a step can meet it. sets_in: what happens at the onset, which is any of
    those calls, or with `is_early` the first one, but not before it is `ready`. before, after:
    stand by every call of the world from then on, whoever makes it. is_of_invocations: only with
    the first call of an invocation. ends: how the execution may end, `ends_at`: where it struck a
    step after which, or before which, there is another way out; all else is wrong. `tidies` and
    `tidies_at`: the same of the clean-up of a drill that launched something.
    """

    meets: Meets = any_call
    sets_in: Callable[[Strike], object] = lambda _: None
    before: Hook = _never
    after: Hook = _never
    ready: Callable[[Strike], bool] = _at_once
    is_early: bool = False
    is_of_invocations: bool = False
    ends: Ends = NO_HARM
    ends_at: Mapping[str, Ends] = field(default_factory=dict)
    tidies: Ends = TIDY
    tidies_at: Mapping[str, Ends] = field(default_factory=dict)

    def permits(self, step: str) -> Ends:
        """Return how an execution may end of which it struck this step."""
        return self.ends_at.get(step, self.ends)

    def permits_to_tidy(self, step: str) -> Ends:
        """Return how the clean-up may end of a drill of which it struck this step."""
        return self.tidies_at.get(step, self.tidies)


class Strike:
    """One fault in one world. `hits` counts calls of the step that met it; `number` is the onset's.

    `noted`: what a fault wants to remember of its onset. What drives the world, and looks at it
    afterwards, never meets anything.
    """

    def __init__(self, fault: Fault, step: str, number: int, chance: random.Random) -> None:
        self.fault = fault
        self.step = step
        self.chance = chance
        self.hits = 0
        self.noted = 0
        self.onset: Call | None = None
        self.began_at = 0.0
        self._number = number
        self._met = 0
        self._processes: dict[int, Process] = {}
        self._is_new_process = False

    def aim(self, world: VirtualWorld) -> None:
        """Stand by all calls of this world from now on."""
        self.world = world
        world.calls.before = self._before
        world.calls.after = partial(self._hit, self.fault.after)

    @property
    def seconds(self) -> float:
        """How long ago the fault set in."""
        return self.world.schedule.elapsed_seconds - self.began_at

    def is_onset(self, call: Call) -> bool:
        """Return whether it set in with this very call."""
        return self.onset is not None and call.number == self.onset.number

    def begins_invocation(self, call: Call) -> bool:
        """Return whether the step makes its first call of this invocation."""
        return call.caller == self.step and self._is_new_process

    def later(self, seconds: float, end: Callable[[], object]) -> None:
        """Let something happen in so many seconds, such as the end of it all."""
        self.world.schedule.after(seconds, end)

    def _before(self, call: Call) -> None:
        if call.caller == self.step:
            self._note_process()
            self._look_for_onset(call)
        self._hit(self.fault.before, call)

    def _note_process(self) -> None:
        process = self.world.schedule.current
        self._is_new_process = process is not None and id(process) not in self._processes
        if process is not None:
            self._processes[id(process)] = process

    def _look_for_onset(self, call: Call) -> None:
        is_inside = self.fault.is_of_invocations and not self._is_new_process
        if self.onset or is_inside or not self.fault.meets(call):
            return
        self._met += 1
        if self._met >= self._number and self.fault.ready(self):
            self.onset = call
            self.began_at = self.world.schedule.elapsed_seconds
            self.fault.sets_in(self)

    def _hit(self, hook: Hook, call: Call) -> None:
        if self.onset is None or not call.caller:
            return
        is_mine = call.caller == self.step
        try:
            self.hits += hook(self, call) and is_mine
        except BaseException:
            self.hits += is_mine
            raise
