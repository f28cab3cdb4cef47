"""Clean-ups and their terminations in every kind of table: only the newest version is replaced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.adapters.clean_up_store import CleanUpStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.clean_up import CleanUpStatus, Progress, begin_clean_up
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.termination import Termination, TerminationResult
from tests.unit.executions import ID, NOON, PLACE, server_id

CLEAN_UP = begin_clean_up(ID, None, requested_by="ada", now=NOON)


def termination(number: int) -> Termination:
    return Termination(
        execution_id=ID,
        attempt=1,
        source_server_id=server_id(number),
        account_id=PLACE.account_id,
        region=PLACE.region,
    )


@pytest.fixture
def store(items: Items) -> CleanUpStore:
    return CleanUpStore(items)


def test_a_clean_up_is_stored_once_and_replaced_by_version(store: CleanUpStore) -> None:
    assert store.find(ID) is None
    saved = store.save(CLEAN_UP)
    with pytest.raises(StaleVersion, match=ID):
        store.save(CLEAN_UP)
    ended = store.save(saved.changed(status=CleanUpStatus.COMPLETED, end_time=NOON))
    with pytest.raises(StaleVersion):
        store.save(saved)
    assert store.find(ID) == ended
    assert ended.deadline == NOON + timedelta(minutes=60)


def test_terminations_come_in_order_and_beside_the_clean_up(store: CleanUpStore) -> None:
    clean_up = store.save(CLEAN_UP)
    saved = store.save_terminations(clean_up, [termination(number) for number in (2, 0, 1)])
    assert store.terminations(ID) == sorted(saved, key=lambda each: each.source_server_id)
    assert store.terminations("drill-2") == []


def test_a_termination_that_moved_on_is_not_replaced(store: CleanUpStore) -> None:
    clean_up = store.save(CLEAN_UP)
    (saved,) = store.save_terminations(clean_up, [termination(0)])
    (gone,) = store.save_terminations(clean_up, [saved.ended(TerminationResult.TERMINATED)])
    with pytest.raises(StaleVersion, match=server_id(0)):
        store.save_terminations(clean_up, [saved])
    assert store.terminations(ID) == [gone]


def test_nothing_is_noted_for_a_clean_up_that_moved_on(store: CleanUpStore) -> None:
    clean_up = store.save(CLEAN_UP)
    (saved,) = store.save_terminations(clean_up, [termination(0)])
    store.save(clean_up.changed(progress=Progress.OVER))
    with pytest.raises(StaleVersion, match=rf"clean-up of '{ID}' has moved on"):
        store.save_terminations(clean_up, [saved.changed(reason="late"), termination(1)])
    assert store.terminations(ID) == [saved]


def test_hundreds_are_written_in_portions(store: CleanUpStore) -> None:
    some = [termination(number) for number in range(200)]
    saved = store.save_terminations(store.save(CLEAN_UP), some)
    assert [each.version for each in saved] == [1] * 200
    assert len(store.terminations(ID)) == 200
