"""The time in the names of executions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ulid import ULID

from drs_orchestrator.domain.execution_name import made_at

MOMENT = datetime(2100, 1, 4, 8, 0, 1, 500_000, UTC)


@pytest.mark.parametrize("kind", ["drill", "recovery"])
def test_a_name_of_ours_says_when_it_was_made(kind: str) -> None:
    assert made_at(f"{kind}-{ULID.from_datetime(MOMENT)}") == MOMENT


@pytest.mark.parametrize("name", ["monday", "drill-1", "test-03QCYYWSEW977DBX3DJXD8M25Y"])
def test_a_name_that_a_person_chose_says_nothing(name: str) -> None:
    assert made_at(name) is None
