"""Executions as they are stored: headers and snapshots are written whole, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.errors import ExecutionExists, ExecutionNotFound, StaleVersion
from drs_orchestrator.domain.execution import ExecutionStatus
from tests.contract.stored_executions import pending, running
from tests.unit.executions import ELSEWHERE, ID, NOON, execution, intent, server, wave


@pytest.fixture
def store(items: Items) -> ExecutionStore:
    return ExecutionStore(items)


# Header


def test_a_created_execution_is_read_as_it_was(store: ExecutionStore) -> None:
    run = execution(plan_name="Shop", actor="ada", stopped_by="db", reason="why")
    store.create(run)
    assert store.get(ID) == run


def test_an_execution_is_created_once(store: ExecutionStore) -> None:
    store.create(execution())
    with pytest.raises(ExecutionExists, match=ID):
        store.create(execution(actor="somebody else"))
    assert store.get(ID).actor is None


def test_an_unknown_execution_is_not_found(store: ExecutionStore) -> None:
    with pytest.raises(ExecutionNotFound, match="drill-x"):
        store.get("drill-x")


def test_of_two_writers_of_one_version_the_second_is_refused(store: ExecutionStore) -> None:
    store.create(execution())
    read = store.get(ID)
    first = store.save(read.changed(reason="first"))
    assert first.version == read.version + 1
    with pytest.raises(StaleVersion, match=ID):
        store.save(read.changed(reason="second"))
    assert store.get(ID) == first


def test_a_header_that_was_never_created_is_not_saved(store: ExecutionStore) -> None:
    with pytest.raises(StaleVersion):
        store.save(execution())
    with pytest.raises(ExecutionNotFound):
        store.get(ID)


def test_executions_are_listed_newest_first_page_by_page_and_by_plan(
    store: ExecutionStore,
) -> None:
    for number in range(5):
        store.create(
            execution(
                execution_id=f"drill-{number}",
                plan_id="plan_b" if number == 2 else "plan_a",
                start_time=NOON + timedelta(minutes=number),
            )
        )
    assert _listed(store, None) == ["drill-4", "drill-3", "drill-2", "drill-1", "drill-0"]
    assert _listed(store, "plan_a") == ["drill-4", "drill-3", "drill-1", "drill-0"]
    assert _listed(store, "plan_b") == ["drill-2"]
    assert _listed(store, "plan_c") == []


def _listed(store: ExecutionStore, plan_id: str | None) -> list[str]:
    page = store.page(plan_id, 2, None)
    names = [each.execution_id for each in page.items]
    while page.next_token:
        assert len(page.items) <= 2
        page = store.page(plan_id, 2, page.next_token)
        names += [each.execution_id for each in page.items]
    return names


# Snapshot


def test_a_snapshot_comes_back_in_order(store: ExecutionStore) -> None:
    run = pending(store)
    waves = [wave("web", "db", position=1), wave("db", position=0)]
    servers = [server(0), server(1, wave="db"), server(1, wave="db", region=ELSEWHERE.region)]
    intents = [intent(10), intent(9), intent(2, attempt=2), intent(0, wave="db")]
    store.write_snapshot(run, waves, servers, intents)

    assert [each.name for each in store.waves(ID)] == ["db", "web"]
    assert [(i.attempt, i.chunk) for i in store.intents(ID, "web")] == [(1, 9), (1, 10), (2, 2)]
    assert len(store.intents(ID)) == 4
    assert len(store.servers(ID)) == 3
    assert store.servers(ID, "web") == [server(0)]
    assert store.wave(ID, "web") == waves[0]


def test_a_wave_is_not_mixed_up_with_one_whose_name_begins_alike(store: ExecutionStore) -> None:
    run = pending(store)
    servers = [server(0), server(1, wave="web-2")]
    store.write_snapshot(
        run, [wave("web"), wave("web-2")], servers, [intent(0), intent(0, wave="web-2")]
    )
    assert store.servers(ID, "web") == [servers[0]]
    assert store.intents(ID, "web") == [intent(0)]


def test_a_snapshot_larger_than_a_transaction_is_complete(store: ExecutionStore) -> None:
    run = pending(store)
    store.write_snapshot(run, [wave()], [server(number) for number in range(95)], [intent()])
    assert len(store.servers(ID, "web")) == 95


def test_a_second_preparation_leaves_nothing_of_the_first(store: ExecutionStore) -> None:
    run = pending(store)
    store.write_snapshot(
        run, [wave("old"), wave("web")], [server(n) for n in range(95)], [intent(0), intent(1)]
    )
    again = store.save(run.changed(preparation="second"))
    store.write_snapshot(again, [wave("web", server_count=1)], [server(7)], [intent(1, servers=1)])

    assert store.waves(ID) == [wave("web", server_count=1)]
    assert store.servers(ID) == [server(7)]
    assert store.intents(ID) == [intent(1, servers=1)]


def test_an_older_preparation_writes_no_more(store: ExecutionStore) -> None:
    first = pending(store, "first")
    second = store.save(first.changed(preparation="second"))
    store.write_snapshot(second, [wave("new")], [], [])
    with pytest.raises(StaleVersion, match=ID):
        store.write_snapshot(first, [wave("old")], [], [])
    assert [each.name for each in store.waves(ID)] == ["new"]


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s != "PENDING"])
def test_a_snapshot_is_never_written_over_an_execution_that_has_begun(
    store: ExecutionStore, status: ExecutionStatus
) -> None:
    run = running(store, intent())
    store.save(run.changed(status=status))
    with pytest.raises(StaleVersion):
        store.write_snapshot(run, [wave("other")], [], [])
    assert store.intents(ID) == [intent()]


def test_a_preparation_without_a_fence_writes_nothing(store: ExecutionStore) -> None:
    store.create(execution(status="PENDING"))
    with pytest.raises(StaleVersion):
        store.write_snapshot(store.get(ID), [wave()], [], [])
