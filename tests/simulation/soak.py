"""Random histories, as many as asked for, on all processors.

python -m tests.simulation.soak --histories 1000
python -m tests.simulation.soak --only 4711        that history again
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from local.arguments import at_least
from tests.simulation.random_history import Told, tell
from tests.simulation.workers import work

_AGAIN = ".venv/bin/python -m tests.simulation.soak --only"
_TELLS_EVERY = 500


@dataclass
class Sum:
    """What all histories together came to."""

    histories: int = 0
    servers: int = 0
    launches: int = 0
    calls: int = 0
    begun: int = 0
    overlapping: int = 0
    refused_at_the_door: int = 0
    refused_by_locks: int = 0
    edits: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, told: Told) -> None:
        """Count one more."""
        self.histories += 1
        self.servers += told.servers
        self.launches += told.launches
        self.calls += told.calls
        self.begun += told.begun
        self.overlapping += told.overlaps
        self.refused_at_the_door += told.refused_at_the_door
        self.refused_by_locks += told.refused_by_locks
        self.edits += told.edits
        self.statuses.update(told.statuses)
        self.faults.update(told.faults)

    def figures(self) -> dict[str, int]:
        """Return how many there were of what, by its name."""
        return {
            "histories": self.histories,
            "servers": self.servers,
            "executions": self.statuses.total(),
            "begun": self.begun,
            "histories with two at once": self.overlapping,
            "refused at the door for locks": self.refused_at_the_door,
            "refused by locks in the workflow": self.refused_by_locks,
            "edits while something ran": self.edits,
            "launches": self.launches,
            "calls": self.calls,
        }

    def __str__(self) -> str:
        figures = ", ".join(f"{number} {name}" for name, number in self.figures().items())
        return f"{figures}; {dict(self.statuses)}; faults {dict(sorted(self.faults.items()))}"


def tell_all(seeds: Iterable[int], processes: int) -> Iterator[tuple[int, Told | str]]:
    """Tell the histories of the seeds; text instead of what one came to says what was wrong."""
    return work(_told, seeds, processes)


def _told(seed: int) -> tuple[int, Told | str]:
    try:
        return seed, tell(seed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        return seed, f"{type(error).__name__}: {error}"


def main() -> int:
    """Run what the command line asks for; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description="Tell random histories.")
    parser.add_argument("--histories", type=at_least(1), default=1000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="of the first one")
    parser.add_argument("--only", type=int, action="append", metavar="SEED", help="this one again")
    parser.add_argument("--processes", type=at_least(1), default=multiprocessing.cpu_count())
    asked = parser.parse_args()
    seeds = asked.only or range(asked.first, asked.first + asked.histories)
    began, wrong, sum_ = time.monotonic(), list[int](), Sum()
    number, is_whole = 0, True
    try:
        for number, (seed, told) in enumerate(tell_all(seeds, asked.processes), start=1):
            if isinstance(told, str):
                wrong.append(seed)
                print(f"seed {seed}: {told}\n    {_AGAIN} {seed}", flush=True)
            else:
                sum_.add(told)
            if number % _TELLS_EVERY == 0:
                seconds = time.monotonic() - began
                print(
                    f"{number} of {len(seeds)} in {seconds:.0f} s, {len(wrong)} wrong", flush=True
                )
    except KeyboardInterrupt:
        # Hours may lie behind it: what they came to is still told.
        is_whole = False
    seconds = time.monotonic() - began
    told_of = (
        f"{number} histories" if is_whole else f"stopped after {number} of {len(seeds)} histories"
    )
    print(f"{told_of} in {seconds:.0f} s: {sum_}; {len(wrong)} wrong {wrong or ''}")
    return 1 if wrong or not is_whole else 0


if __name__ == "__main__":
    sys.exit(main())
