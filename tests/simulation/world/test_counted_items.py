"""What is counted of a table: its calls and the largest item that it ever held."""

from __future__ import annotations

import random
from typing import NoReturn

import pytest

from drs_orchestrator.adapters.items import Absent, ConditionFailedError, Delete, Key, Put
from drs_orchestrator.domain.errors import StoreUnavailable
from local.virtual.calls import Call, Calls
from local.virtual.counted_items import CountedItems
from local.virtual.items import MemoryItems
from local.virtual.latencies import INSTANT
from local.virtual.processes import Schedule
from tests.simulation.strikes import no_answer


def table() -> tuple[CountedItems, Calls]:
    """Return an empty table and the calls that it counts."""
    calls = Calls(Schedule(), INSTANT, random.Random(0))
    return CountedItems(MemoryItems(), calls), calls


def test_each_megabyte_of_a_query_is_a_call() -> None:
    items, calls = table()
    for n in range(25):
        items.write(Put(Key("P", f"a#{n:02d}"), {"n": n, "text": "x" * 100_000}))

    assert [record["n"] for record in items.query("P", "a#")] == list(range(25))
    assert calls.counts["dynamodb.Query"] == 3
    assert items.query("P", "b#") == []
    assert calls.counts["dynamodb.Query"] == 4


def test_others_may_write_between_two_pages_of_a_query() -> None:
    items, calls = table()
    for n in range(25):
        items.write(Put(Key("P", f"a#{n:02d}"), {"text": "x" * 100_000}))

    def write_one_more(call: Call) -> None:
        calls.after = lambda _: None
        assert call.operation == "Query"
        items.write(Put(Key("P", "a#99"), {"text": "late"}))

    calls.after = write_one_more

    assert items.query("P", "a#")[-1] == {"text": "late"}


def test_the_largest_item_is_the_largest_ever_written() -> None:
    items, _ = table()
    key = Key("P", "a")
    items.write(Put(key, {"text": "x" * 5_000}))
    items.write(Put(key, {"text": ""}))
    items.write(Delete(key))

    assert 5_000 < items.largest_item_bytes() < 5_050


def test_that_a_write_is_refused_may_be_an_answer_that_gets_lost() -> None:
    items, calls = table()
    key = Key("P", "a")
    items.write(Put(key, {"n": 1}))

    def lose(call: Call) -> NoReturn:
        raise no_answer(call)

    with pytest.raises(ConditionFailedError):
        items.write(Put(key, {"n": 2}, [Absent()]))
    calls.after = lose
    with pytest.raises(StoreUnavailable):
        items.write(Put(key, {"n": 2}, [Absent()]))

    assert calls.effects["dynamodb.TransactWriteItems"] == 2
    assert items.items.get(key) == {"n": 1}
