"""One history with branches: where a case wants it, a child process goes on with a strike.

What comes before the strike is told once for all cases. One seed has one history, so the call with
a number is the same one each time. Processes part as os.fork does it, so there may be no threads.
"""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import Json, ending
from tests.simulation.strikes import Kind, RequestDied, can_be_hit, is_read, strike

# As most clients of the product do; see adapters/clients.py.
_WAITS_SECONDS = 20.0


@dataclass(frozen=True)
class Case:
    """One strike in one story, at the call of a number, from 1; as text `story:number:kind`."""

    story: str
    number: int
    kind: Kind

    def __str__(self) -> str:
        return f"{self.story}:{self.number}:{self.kind}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read what `str` wrote."""
        story, number, kind = text.split(":")
        return cls(story, int(number), Kind(kind))


@dataclass(frozen=True)
class Result:
    """What came of a case: what was hit, and what was wrong, or None. `is_of_effect`: whether the
    call that was hit changes something.
    """

    case: Case
    hit: str
    wrong: str | None
    is_of_effect: bool = False


@dataclass(frozen=True)
class Clean:
    """A story without a strike: its end, and how many calls have a number for each kind."""

    ending: Json
    calls: Counter[Kind]


class Branches:
    """Stands before and after every call of one world, and branches where a case of it is."""

    def __init__(self, cases: Collection[Case]) -> None:
        self.seen = Counter[Kind]()
        self.results: list[Result] = []
        self.mine: Case | None = None
        self.hit = ""
        self.is_of_effect = False
        self._wanted = {(case.number, case.kind): case for case in cases}
        self._answers = -1
        self._unanswered = ""

    def aim(self, world: VirtualWorld) -> None:
        """Wait for the calls of this world."""
        self._rest = world.schedule.sleep
        world.calls.before = lambda call: self._look(call, (Kind.BEFORE,))
        world.calls.after = self._look_after

    def answer(self, result: Result) -> None:
        """Say in a child what came of its case; does not return."""
        try:
            with os.fdopen(self._answers, "wb") as answers:
                pickle.dump(result, answers)
        finally:
            # If the parent is gone, nobody is left to tell.
            os._exit(0)

    def _look_after(self, call: Call) -> None:
        if call.request and call.request == self._unanswered:
            self._leave_unanswered(call)
        self._look(call, (Kind.AFTER, Kind.LOST, Kind.UNANSWERED))

    def _look(self, call: Call, kinds: Collection[Kind]) -> None:
        if self.mine or not can_be_hit(call):
            return
        for kind in kinds:
            if not kind.concerns(call):
                continue
            self.seen[kind] += 1
            case = self._wanted.get((self.seen[kind], kind))
            if case and self._branch(case):
                self.hit = f"{call.caller} {call.service}.{call.operation}"
                self.is_of_effect = not is_read(call)
                if kind is Kind.UNANSWERED:
                    self._leave_unanswered(call)
                strike(call, kind)

    def _leave_unanswered(self, call: Call) -> NoReturn:
        """Let the caller wait in vain, for this sending of its request and all that follow."""
        self._unanswered = call.request
        self._rest(_WAITS_SECONDS)
        strike(call, Kind.UNANSWERED)

    def _branch(self, case: Case) -> bool:
        """Return True in the child, and False in the parent once the child's answer is there."""
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            self.mine, self._answers = case, writes
            return True
        os.close(writes)
        with os.fdopen(reads, "rb") as answers:
            said = answers.read()
        os.waitpid(child, 0)
        died = Result(case, "?", "its process died without a word")
        self.results.append(pickle.loads(said) if said else died)  # noqa: S301 - of our own child
        return False


def tell_clean(story: str) -> Clean:
    """Tell a story without a strike."""
    branches = Branches(())
    return Clean(ending(STORIES[story].tell(branches.aim)), branches.seen)


def tell_with_strikes(story: str, clean: Clean, cases: Collection[Case]) -> list[Result]:
    """Tell a story once, and once from each strike on: it must come to the end that it has clean.

    A case whose number no call has is wrong, too.
    """
    branches = Branches(cases)
    wrong = _wrong(story, clean, branches)
    if branches.mine:
        branches.answer(Result(branches.mine, branches.hit, wrong, branches.is_of_effect))
    left = set(cases) - {result.case for result in branches.results}
    missed = [Result(case, "nothing", "no call has this number") for case in sorted(left, key=str)]
    return branches.results + missed


def _wrong(story: str, clean: Clean, branches: Branches) -> str | None:
    try:
        came = ending(STORIES[story].tell(branches.aim))
    except (Exception, RequestDied) as error:  # noqa: BLE001 - whatever it is, it went wrong
        return f"{type(error).__name__}: {error}"
    return None if came == clean.ending else f"ended {came}, without the crash {clean.ending}"
