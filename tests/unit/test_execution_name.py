"""The time in the names of executions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ulid import ULID

from drs_orchestrator.adapters.time_and_names import SystemClock, UlidNames
from drs_orchestrator.domain.execution_name import ulid_in

NAMES = UlidNames(SystemClock())
MOMENT = datetime(2100, 1, 4, 8, 0, 1, 500_000, UTC)


@pytest.mark.parametrize("kind", ["drill", "recovery"])
def test_a_name_of_ours_says_when_it_was_made(kind: str) -> None:
    ulid = ulid_in(f"{kind}-{ULID.from_datetime(MOMENT)}")
    assert ulid
    assert NAMES.time_of(ulid) == MOMENT


@pytest.mark.parametrize("name", ["monday", "drill-1", "test-03QCYYWSEW977DBX3DJXD8M25Y"])
def test_a_name_that_a_person_chose_holds_no_ulid(name: str) -> None:
    assert ulid_in(name) is None


@pytest.mark.parametrize("name", [26 * "8", 26 * "Z", "THELASTDRILLBEFORECHRISTMAS"[:26]])
def test_what_only_looks_like_a_ulid_says_nothing(name: str) -> None:
    assert NAMES.time_of(name) is None
