"""Waves as they are stored: each moves only from where it may, and ends once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.errors import WaveNotFound
from drs_orchestrator.domain.wave import WaveStatus
from tests.contract.stored_executions import running
from tests.unit.executions import ID, NOON, wave

_AT_REST = {WaveStatus.PENDING, WaveStatus.HELD}
_NOT_ENDED = {*_AT_REST, WaveStatus.RUNNING}

WORKFLOW_ARN = "arn:aws:states:eu-west-1:111122223333:execution:recovery/waves:1"


def bell(token: str, timeout_seconds: int) -> Bell:
    """Return a bell of the wave's workflow."""
    return Bell(token=token, timeout_seconds=timeout_seconds, workflow_arn=WORKFLOW_ARN)


@pytest.fixture
def store(items: Items) -> ExecutionStore:
    return ExecutionStore(items)


def test_an_unknown_wave_is_not_found(store: ExecutionStore) -> None:
    running(store)
    with pytest.raises(WaveNotFound, match="db"):
        store.wave(ID, "db")
    with pytest.raises(WaveNotFound, match="db"):
        store.hang_bell(ID, "db", bell("token", 60))
    assert not store.move_wave(ID, "db", _NOT_ENDED, WaveStatus.RUNNING)


def test_the_last_bell_hangs_and_nothing_else_changes(store: ExecutionStore) -> None:
    running(store)
    store.hang_bell(ID, "web", bell("one", 3600))
    store.hang_bell(ID, "web", bell("two", 60))
    assert store.wave(ID, "web") == wave(
        bell="two", earlier_bell="one", bell_timeout_seconds=60, workflow_arn=WORKFLOW_ARN
    )


def test_a_wave_moves_only_from_where_it_may(store: ExecutionStore) -> None:
    running(store)
    assert store.move_wave(ID, "web", _AT_REST, WaveStatus.HELD, reason="waits for db")
    assert store.wave(ID, "web").reason == "waits for db"
    assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING)
    assert not store.move_wave(ID, "web", _AT_REST, WaveStatus.HELD, reason="late")
    moved = store.wave(ID, "web")
    assert (moved.status, moved.reason) == (WaveStatus.RUNNING, None)


def test_a_wave_keeps_its_first_start_time(store: ExecutionStore) -> None:
    running(store)
    for minutes in (0, 7):
        moment = NOON + timedelta(minutes=minutes)
        assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING, start_time=moment)
    assert store.wave(ID, "web").start_time == NOON


def test_a_wave_ends_once(store: ExecutionStore) -> None:
    running(store)
    assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.COMPLETED, end_time=NOON)
    assert not store.move_wave(
        ID, "web", _NOT_ENDED, WaveStatus.FAILED, end_time=NOON + timedelta(hours=1)
    )
    ended = store.wave(ID, "web")
    assert (ended.status, ended.end_time) == (WaveStatus.COMPLETED, NOON)


def test_times_come_back_aware_and_to_the_microsecond(store: ExecutionStore) -> None:
    running(store)
    moment = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
    store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING, start_time=moment)
    start = store.wave(ID, "web").start_time
    assert start == moment
    assert start.tzinfo is not None
