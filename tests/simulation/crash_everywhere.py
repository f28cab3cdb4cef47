"""Crash everywhere: each call of each story dies before its effect, after it, or is not answered.

    python -m tests.simulation.crash_everywhere                 every call of every story
    python -m tests.simulation.crash_everywhere --share 0.05    a seeded share of them
    python -m tests.simulation.crash_everywhere --only paused:17:AFTER

One run each. All invariants must hold after every change, and the run must come to the same end as
the story without a crash.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.simulation.stories import STORIES, Json, ending
from tests.simulation.strikes import Kind, Strike
from tests.simulation.workers import work

_NEVER = sys.maxsize
_TELLS_EVERY = 1000


@dataclass(frozen=True)
class Case:
    """One strike in one story; as text `story:number:kind`."""

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
    """What came of a case: what was hit, and what was wrong, or None."""

    case: Case
    hit: str
    wrong: str | None


def cases(names: Iterable[str] = STORIES, share: float = 1.0, seed: int = 0) -> Iterator[Case]:
    """Yield every case of the stories, or a seeded share of them."""
    for name in names:
        chance = random.Random(f"{seed}:{name}")
        for number in range(1, _clean(name)[1] + 1):
            yield from (Case(name, number, kind) for kind in Kind if chance.random() < share)


def run_case(case: Case) -> Result:
    """Tell the story with the strike."""
    expected, _ = _clean(case.story)
    strike = Strike(case.number, case.kind)
    try:
        came = ending(STORIES[case.story].tell(strike))
        wrong = None if came == expected else f"ended {came}, without the crash {expected}"
        if strike.hit is None:
            wrong = (
                f"there was no call {case.number}: the story is another one than without a crash"
            )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        wrong = f"{type(error).__name__}: {error}"
    call = strike.hit
    hit = f"{call.caller} {call.service}.{call.operation}" if call else "nothing"
    return Result(case, hit, wrong)


def run_all(chosen: Iterable[Case], processes: int) -> Iterator[Result]:
    """Run cases in so many processes; results come as they are ready."""
    return work(run_case, list(chosen), processes, at_once=16)


_CLEAN: dict[str, tuple[Json, int]] = {}


def _clean(name: str) -> tuple[Json, int]:
    """Return a story's end without a crash, and how many calls can be hit."""
    if name not in _CLEAN:
        strike = Strike(_NEVER, Kind.BEFORE)
        _CLEAN[name] = ending(STORIES[name].tell(strike)), strike.seen
    return _CLEAN[name]


def main() -> int:
    """Run what the command line asks for; return the number of cases that went wrong, at most 1."""
    parser = argparse.ArgumentParser(description="Crash at every call.")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--story", action="append", choices=list(STORIES))
    parser.add_argument("--only", action="append", type=Case.parse)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    began = time.monotonic()
    chosen = asked.only or list(cases(asked.story or STORIES, asked.share, asked.seed))
    wrong = []
    for number, each in enumerate(run_all(chosen, asked.processes), start=1):
        if each.wrong:
            wrong.append(_told(each))
        if number % _TELLS_EVERY == 0:
            seconds = time.monotonic() - began
            print(f"{number} of {len(chosen)} in {seconds:.0f} s, {len(wrong)} wrong", flush=True)
    told = Counter(case.story for case in chosen)
    print(
        f"{len(chosen)} runs in {time.monotonic() - began:.0f} s, {len(wrong)} wrong; {dict(told)}"
    )
    return 1 if wrong else 0


def _told(result: Result) -> Result:
    command = f"python -m tests.simulation.crash_everywhere --only {result.case}"
    print(f"{result.case} ({result.hit}): {result.wrong}\n    {command}", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
