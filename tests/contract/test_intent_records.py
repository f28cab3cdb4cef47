"""Intents as they are stored: a launch is noted once, and never after its execution has closed."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.errors import ExecutionClosed, StaleVersion
from drs_orchestrator.domain.execution import ExecutionStatus
from tests.contract.stored_executions import running
from tests.unit.executions import ID, NOON, intent


@pytest.fixture
def store(items: Items) -> ExecutionStore:
    return ExecutionStore(items)


def test_of_two_writers_of_one_intent_the_second_is_refused(store: ExecutionStore) -> None:
    running(store, intent())
    first = store.save_intent(intent(job_digest="first"))
    assert first.version == intent().version + 1
    with pytest.raises(StaleVersion, match=intent().key):
        store.save_intent(intent(job_digest="second"))
    assert store.intents(ID) == [first]


def test_an_intent_that_was_never_prepared_is_not_saved(store: ExecutionStore) -> None:
    running(store)
    with pytest.raises(StaleVersion):
        store.save_intent(intent())
    with pytest.raises(StaleVersion):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == []


def test_a_launch_is_noted_once_however_many_want_to_send_it(store: ExecutionStore) -> None:
    running(store, intent(status="GRANTED"))
    (granted,) = store.intents(ID)
    sent = store.send_intent(granted.changed(status="SENT", sends=1))
    assert (sent.status, sent.version) == ("SENT", granted.version + 1)
    with pytest.raises(StaleVersion):
        store.send_intent(granted.changed(status="SENT", sends=1))
    assert store.intents(ID) == [sent]


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s != "RUNNING"])
def test_nothing_is_sent_by_an_execution_that_does_not_run(
    store: ExecutionStore, status: ExecutionStatus
) -> None:
    run = running(store, intent(status="GRANTED"))
    store.save(run.changed(status=status))
    with pytest.raises(ExecutionClosed, match=ID):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == [intent(status="GRANTED")]


def test_nothing_is_sent_after_a_stop(store: ExecutionStore) -> None:
    run = running(store, intent(status="GRANTED"))
    store.save(run.changed(stopped_by="db"))
    with pytest.raises(ExecutionClosed):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == [intent(status="GRANTED")]


@pytest.mark.parametrize(
    "closed",
    [
        {"stopped_by": "db"},
        {"cancelled_by": "bob"},
        {"aborted_by": "bob"},
        {"overran_time": NOON},
        {"finishing_time": NOON},
    ],
)
def test_the_fence_of_a_launch_sees_whatever_closes_an_execution(
    store: ExecutionStore, closed: dict[str, object]
) -> None:
    granted = intent(status="GRANTED")
    run = running(store, granted)
    after = store.save(run.changed(**closed))
    assert after.starts_nothing
    with pytest.raises(ExecutionClosed, match=ID):
        store.send_intent(granted.changed(status="SENT", sends=1))


def test_a_stop_fences_launches_but_not_the_notes_on_those_under_way(
    store: ExecutionStore,
) -> None:
    run = running(store, intent(status="SENT"))
    store.save(run.changed(stopped_by="db"))
    assert store.save_intent(intent(status="CONFIRMED", job_id="drsjob-5")).version == 2


def test_changes_of_the_header_do_not_stop_a_launch(store: ExecutionStore) -> None:
    run = running(store, intent(status="GRANTED"))
    store.save(run.changed(plan_name="Shop"))
    assert store.send_intent(intent(status="SENT")).status == "SENT"
