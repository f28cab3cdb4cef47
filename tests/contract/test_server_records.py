"""Servers as they are stored: a verdict stays, whoever writes it late."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from tests.contract.stored_executions import pending, running
from tests.unit.executions import ID, NOON, server, wave


@pytest.fixture
def store(items: Items) -> ExecutionStore:
    return ExecutionStore(items)


def test_a_server_is_written_until_it_has_its_verdict(store: ExecutionStore) -> None:
    running(store)
    store.save_servers(ID, [server(0, launch_status="PENDING")])
    launched = server(0, launch_status="LAUNCHED", verdict="LAUNCHED", end_time=NOON)
    store.save_servers(ID, [launched])
    store.save_servers(ID, [server(0, launch_status="FAILED", verdict="FAILED")])
    store.save_servers(ID, [server(0)])
    assert store.servers(ID, "web") == [launched, server(1)]


def test_an_earlier_attempt_writes_over_none_of_a_later_one(store: ExecutionStore) -> None:
    running(store)
    store.save_servers(ID, [server(0, verdict="FAILED", reason="no capacity")])
    reopened = server(0, attempt=2, earlier="no capacity")
    store.reopen_servers(ID, [reopened])

    store.save_servers(ID, [server(0, verdict="FAILED", reason="said late")])

    assert store.servers(ID, "web") == [reopened, server(1)]


def test_one_judged_server_does_not_keep_the_others_from_being_written(
    store: ExecutionStore,
) -> None:
    run = pending(store)
    store.write_snapshot(run, [wave()], [server(number) for number in range(5)], [])
    store.save_servers(ID, [server(3, verdict="FAILED")])
    store.save_servers(ID, [server(number, verdict="LAUNCHED") for number in range(5)])
    verdicts = [each.verdict for each in store.servers(ID)]
    assert verdicts == ["FAILED" if number == 3 else "LAUNCHED" for number in range(5)]


# Health

AT_ITS_HEALTH = wave(status="VERIFYING", phase="HEALTH")


def test_health_is_noted_of_servers_that_are_launched_by_the_same_attempt(
    store: ExecutionStore,
) -> None:
    run = pending(store)
    stored = [
        server(0, verdict="LAUNCHED", job_id="drsjob-1"),
        server(1, verdict="LAUNCHED", attempt=2),
        server(2, verdict="FAILED"),
        server(3),
    ]
    store.write_snapshot(run, [AT_ITS_HEALTH], stored, [])
    seen = [server(n, verdict="VERIFIED", health="EC2 status ok") for n in range(4)]
    store.save_health(ID, seen)
    verified = stored[0].changed(verdict="VERIFIED", health="EC2 status ok")
    assert store.servers(ID, "web") == [verified, *stored[1:]]


def test_a_verified_server_stays_verified(store: ExecutionStore) -> None:
    run = pending(store)
    verified = server(0, verdict="VERIFIED", health="EC2 status ok")
    store.write_snapshot(run, [AT_ITS_HEALTH], [verified], [])
    store.save_health(ID, [server(0, verdict="LAUNCHED", health="SSM agent never seen")])
    store.save_servers(ID, [server(0, verdict="FAILED")])
    store.reopen_servers(ID, [server(0, attempt=2)])
    assert store.servers(ID, "web") == [verified]


def test_the_health_of_more_servers_than_a_transaction_holds_is_noted(
    store: ExecutionStore,
) -> None:
    run = pending(store)
    launched = [server(number, verdict="LAUNCHED") for number in range(200)]
    store.write_snapshot(run, [AT_ITS_HEALTH], launched, [])
    sick = [each.changed(health="SSM agent never seen") for each in launched]
    store.save_health(ID, sick)
    assert store.servers(ID, "web") == sick


@pytest.mark.parametrize(
    "moved",
    [
        {"status": "PARTIAL"},
        {"status": "AWAITING_DECISION", "phase": "AFTER"},
        {"status": "RUNNING", "phase": "LAUNCH", "attempt": 2},
    ],
    ids=["ended", "asks about an action", "is tried again"],
)
def test_a_late_look_changes_no_server_of_a_wave_that_has_moved_on(
    store: ExecutionStore, moved: dict[str, object]
) -> None:
    run = pending(store)
    stored = [server(number, verdict="LAUNCHED") for number in range(2)]
    store.write_snapshot(run, [AT_ITS_HEALTH.changed(**moved)], stored, [])

    store.save_health(ID, [each.changed(verdict="VERIFIED") for each in stored])

    assert store.servers(ID, "web") == stored


def test_a_late_look_is_noted_of_a_wave_that_asks_about_health(store: ExecutionStore) -> None:
    run = pending(store)
    asks = AT_ITS_HEALTH.changed(status="AWAITING_DECISION")
    store.write_snapshot(run, [asks], [server(0, verdict="LAUNCHED")], [])

    store.save_health(ID, [server(0, verdict="VERIFIED")])

    assert store.servers(ID, "web") == [server(0, verdict="VERIFIED")]
