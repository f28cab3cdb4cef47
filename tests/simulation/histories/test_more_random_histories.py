"""The other half of the random histories, for another process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import RANDOM_HISTORIES
from tests.simulation.histories.shares import HISTORIES, SHARE, tell_share


@pytest.mark.parametrize("first", range(HISTORIES // 2, HISTORIES, SHARE))
def test_more_random_histories_break_no_promise(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    record_property(RANDOM_HISTORIES, tell_share(first).figures())
