"""A share of the random histories that `make test` tells."""

from __future__ import annotations

from tests.simulation.random_history import tell
from tests.simulation.soak import Sum

HISTORIES = 1200
SHARE = 50


def tell_share(first: int) -> Sum:
    """Tell the histories of a share; return what they came to, raise if a promise was broken."""
    told = [tell(seed) for seed in range(first, first + SHARE)]
    sum_ = Sum()
    for each in told:
        sum_.add(each)
    open_ones = [each.seed for each in told if "-" in each.statuses]
    assert not open_ones, f"python -m tests.simulation.soak --only {open_ones[0]}"
    # A promise that nothing has tried is not kept. Each is two times as much, or more.
    assert sum_.begun >= 50
    assert sum_.overlapping >= 8
    assert sum_.refused_at_the_door >= 5
    assert sum_.refused_by_locks >= 1
    assert sum_.edits >= 10
    return sum_
