"""As many random histories as fit into five minutes on two busy cores, in shares of 25.

Bounded by their number, so that they are the same everywhere; `make soak N=...` tells any number.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.random_history import tell

HISTORIES = 1000
_SHARE = 25


@pytest.mark.parametrize("first", range(0, HISTORIES, _SHARE))
def test_random_histories_break_no_promise(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    told = [tell(seed) for seed in range(first, first + _SHARE)]

    record_property("histories", len(told))
    print(f"{len(told)} histories, {sum(len(each.statuses) for each in told)} executions")
    open_ones = [each.seed for each in told if "-" in each.statuses]
    assert not open_ones, f"python -m tests.simulation.soak --only {open_ones[0]}"
