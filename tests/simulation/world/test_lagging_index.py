"""Indexes show what their table held some seconds ago, whatever the table itself says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drs_orchestrator.adapters.items import Change, Delete, Key, Put
from local.virtual.items import Item, MemoryItems
from local.virtual.lagging_index import LaggingIndex
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.workflow.laptop import fleet, plan, servers, wave

KEY = Key("P", "a")
Json = dict[str, Any]


class LaggingTable:
    """A table whose index is five seconds behind, on a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.items = MemoryItems(LaggingIndex[Item](5.0, lambda: self.now))

    def shown(self) -> list[Json]:
        """Return what the index shows of its one plan."""
        records, _ = self.items.index_page("byPlan", "planId", "plan_0", 10, None)
        return [{"n": record["n"]} for record in records]


def _record(n: int) -> Json:
    return {"planId": "plan_0", "startTime": "2026-01-01", "n": n}


def test_what_was_written_is_in_the_index_seconds_later() -> None:
    table = LaggingTable()
    table.items.write(Put(KEY, _record(1)))
    table.now = 4.9

    assert table.items.get(KEY) == _record(1)
    assert table.shown() == []
    table.now = 5.0
    assert table.shown() == [{"n": 1}]


def test_an_index_shows_what_an_item_was_and_one_that_is_gone() -> None:
    table = LaggingTable()
    table.items.write(Put(KEY, _record(1)))
    table.now = 10.0
    table.items.write(Change(KEY, {"n": 2}))
    table.now = 12.0
    table.items.write(Delete(KEY))
    table.now = 14.0

    assert table.shown() == [{"n": 1}]
    table.now = 16.0
    assert table.shown() == [{"n": 2}]
    table.now = 17.0
    assert table.shown() == []


def test_an_execution_is_in_the_lists_seconds_after_it_can_be_read() -> None:
    with VirtualWorld(fleet(2)) as world:
        id_ = start(world, plan("shop", wave("only", servers(0, 2))))

        def listed() -> list[str]:
            page = world.orchestrator.read_executions.page(None, 10, None)
            return [each.execution_id for each in page.items]

        assert world.orchestrator.read_executions.get(id_).execution_id == id_
        assert listed() == []
        world.until_time(world.schedule.now() + timedelta(seconds=world.latencies.index_lag))
        assert listed() == [id_]
