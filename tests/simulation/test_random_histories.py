"""As many random histories as fit into five minutes, in shares of 50, however busy two cores are.

One of the two tells them (a file is one process's), in 0.3 to 0.4 s each, beside the other tests.

Bounded by their number, so that they are the same everywhere; `make soak N=...` tells any number.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import RANDOM_HISTORIES
from tests.simulation.random_history import tell
from tests.simulation.soak import Sum

HISTORIES = 700
_SHARE = 50
# Here somebody starts servers of two places that others hold.
_CONTENDED = 303
_TELL = f"from tests.simulation.random_history import tell; print(tell({_CONTENDED}))"


@pytest.mark.parametrize("first", range(0, HISTORIES, _SHARE))
def test_random_histories_break_no_promise(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    told = [tell(seed) for seed in range(first, first + _SHARE)]

    sum_ = Sum()
    for each in told:
        sum_.add(each)
    record_property(RANDOM_HISTORIES, sum_.figures())
    open_ones = [each.seed for each in told if "-" in each.statuses]
    assert not open_ones, f"python -m tests.simulation.soak --only {open_ones[0]}"
    # A promise that nothing has tried is not kept. Each is two times as much, or more.
    assert sum_.begun >= 50
    assert sum_.overlapping >= 8
    assert sum_.refused_at_the_door >= 5
    assert sum_.refused_by_locks >= 1
    assert sum_.edits >= 10


def test_a_seed_has_the_same_history_in_every_process() -> None:
    """What goes wrong in one of many can be told again: nothing hangs on the order of a set."""
    told = {
        subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-c", _TELL],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert len(told) == 1
