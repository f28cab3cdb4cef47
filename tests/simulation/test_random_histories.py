"""As many random histories as fit into one to two minutes; `make soak N=...` tells any number."""

from __future__ import annotations

import pytest

from tests.simulation.random_history import tell

HISTORIES = 30


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_random_history_breaks_no_promise(seed: int) -> None:
    told = tell(seed)

    assert "-" not in told.statuses, f"python -m tests.simulation.soak --only {seed}"
