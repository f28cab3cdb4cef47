"""Locks as they are stored: a server has one owner, and only the owner unlocks it."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import CHUNK, Items
from drs_orchestrator.adapters.lock_store import LockStore
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.server import ServerKey
from tests.unit.executions import ELSEWHERE, ID, PLACE, execution, server_id


def _servers(first: int, count: int) -> list[ServerKey]:
    return [ServerKey(PLACE, server_id(number)) for number in range(first, first + count)]


@pytest.fixture
def locks(items: Items) -> LockStore:
    return LockStore(items)


def test_servers_that_nobody_locked_have_no_holder(locks: LockStore) -> None:
    assert locks.holders(_servers(0, 2)) == {}
    assert locks.holders([]) == {}


def test_a_lock_tells_its_holder(locks: LockStore) -> None:
    assert locks.take("drill-1", _servers(0, 2)) == {}
    assert locks.holders(_servers(0, 3)) == dict.fromkeys(_servers(0, 2), "drill-1")


def test_a_server_of_the_same_id_elsewhere_is_another_server(locks: LockStore) -> None:
    (here,) = _servers(0, 1)
    there = ServerKey(ELSEWHERE, here.source_server_id)
    locks.take("drill-1", [here])
    assert locks.take("drill-2", [there]) == {}
    assert locks.holders([here, there]) == {here: "drill-1", there: "drill-2"}


def test_more_servers_than_a_transaction_holds_are_locked_and_unlocked(locks: LockStore) -> None:
    many = _servers(0, 2 * CHUNK + 5)
    assert locks.take("drill-1", list(reversed(many))) == {}
    assert locks.holders(many) == dict.fromkeys(many, "drill-1")
    locks.release("drill-1", many)
    assert locks.holders(many) == {}


def test_taking_them_again_is_fine_also_when_only_some_were_taken(locks: LockStore) -> None:
    locks.take("drill-1", _servers(1, 2))
    assert locks.take("drill-1", _servers(0, 4)) == {}
    assert locks.take("drill-1", _servers(0, 4)) == {}
    assert locks.holders(_servers(0, 4)) == dict.fromkeys(_servers(0, 4), "drill-1")


def test_a_chunk_that_others_hold_a_part_of_is_not_taken_at_all(locks: LockStore) -> None:
    locks.take("drill-1", _servers(3, 2))
    assert locks.take("drill-2", _servers(0, 6)) == dict.fromkeys(_servers(3, 2), "drill-1")
    assert locks.holders(_servers(0, 6)) == dict.fromkeys(_servers(3, 2), "drill-1")


def test_a_conflict_ends_the_taking_at_its_chunk(locks: LockStore) -> None:
    many = _servers(0, 3 * CHUNK)
    locks.take("drill-1", [many[CHUNK + 1]])
    assert locks.take("drill-2", many) == {many[CHUNK + 1]: "drill-1"}
    held = locks.holders(many)
    assert {server for server, holder in held.items() if holder == "drill-2"} == set(many[:CHUNK])


def test_nobody_unlocks_the_servers_of_others(locks: LockStore) -> None:
    locks.take("drill-1", _servers(0, 2))
    locks.take("drill-2", _servers(2, 2))
    locks.release("drill-2", _servers(0, 5))
    assert locks.holders(_servers(0, 5)) == dict.fromkeys(_servers(0, 2), "drill-1")


def test_to_unlock_twice_is_fine_and_leaves_the_next_owner_alone(locks: LockStore) -> None:
    locks.take("drill-1", _servers(0, 2))
    locks.release("drill-1", _servers(0, 2))
    assert locks.take("drill-2", _servers(0, 1)) == {}
    locks.release("drill-1", _servers(0, 2))
    assert locks.holders(_servers(0, 2)) == dict.fromkeys(_servers(0, 1), "drill-2")


def _prepared_under(items: Items, fence: str, status: str = "PENDING") -> None:
    """Let the execution be prepared under that fence."""
    store = ExecutionStore(items)
    run = execution(status="PENDING", preparation=fence)
    store.create(run)
    store.save(run.changed(status=status))


@pytest.mark.parametrize(("fence", "status"), [("newer", "PENDING"), ("mine", "RUNNING")])
def test_an_outdated_preparation_neither_locks_nor_unlocks(
    items: Items, locks: LockStore, fence: str, status: str
) -> None:
    locks.take(ID, _servers(0, 2))
    _prepared_under(items, fence, status)

    with pytest.raises(StaleVersion, match="another took over"):
        locks.take(ID, _servers(2, 1), preparation="mine")
    with pytest.raises(StaleVersion, match="another took over"):
        locks.release(ID, _servers(0, 3), preparation="mine")

    assert locks.holders(_servers(0, 3)) == dict.fromkeys(_servers(0, 2), ID)


def test_a_preparation_locks_and_unlocks_what_it_holds(items: Items, locks: LockStore) -> None:
    _prepared_under(items, "mine")
    locks.take("drill-2", _servers(2, 1))

    assert locks.take(ID, _servers(0, 2), preparation="mine") == {}
    locks.release(ID, _servers(1, 3), preparation="mine")

    held = {_servers(0, 1)[0]: ID, _servers(2, 1)[0]: "drill-2"}
    assert locks.holders(_servers(0, 4)) == held
