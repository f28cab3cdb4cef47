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

from local.virtual.world import deployment_of
from tests.simulation.random_history import Told, tell
from tests.workflow.laptop import ACCOUNT, REGION


def tell_all(seeds: Iterable[int], processes: int) -> Iterator[tuple[int, Told | str]]:
    """Tell the histories of the seeds; text instead of what one came to says what was wrong."""
    deployment_of(ACCOUNT, REGION)  # once, before the processes part
    if processes == 1:
        yield from map(_told, seeds)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(_told, seeds, chunksize=4)


def _told(seed: int) -> tuple[int, Told | str]:
    try:
        return seed, tell(seed)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        return seed, f"{type(error).__name__}: {error}"


def main() -> int:
    """Run what the command line asks for; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description="Tell random histories.")
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int, action="append")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    asked = parser.parse_args()
    seeds = asked.only or range(asked.first, asked.first + asked.histories)
    began, wrong, launches, statuses = time.monotonic(), 0, 0, Counter[str]()
    for seed, told in tell_all(seeds, asked.processes):
        if isinstance(told, str):
            wrong += 1
            print(
                f"seed {seed}: {told}\n    python -m tests.simulation.soak --only {seed}",
                flush=True,
            )
        else:
            launches += told.launches
            statuses.update(told.statuses)
    print(
        f"{len(seeds)} histories, {statuses.total()} executions, {launches} launches in"
        f" {time.monotonic() - began:.0f} s, {wrong} wrong; {dict(statuses)}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
