"""Empty tables of both kinds for the tests of stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from drs_orchestrator.adapters.items import Items
from tests.contract.item_tables import KINDS, fresh_tables


@pytest.fixture(scope="module", params=KINDS)
def tables(request: pytest.FixtureRequest) -> Iterator[Callable[[], Items]]:
    with fresh_tables(request.param) as tables:
        yield tables


@pytest.fixture
def items(tables: Callable[[], Items]) -> Items:
    return tables()
