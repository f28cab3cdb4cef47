"""How a wave is cut into chunks, and whose turn it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.quota import (
    Grant,
    Ledger,
    Limits,
    QueueEntry,
    admit,
    cut_into_chunks,
    keeps_room,
)
from tests.unit.executions import ID, NOON, job, server_id
from tests.unit.unhurried import UNHURRIED


def _entry(key: str, servers: int = 10, **values: object) -> QueueEntry:
    return QueueEntry(
        key=key,
        execution_id=ID,
        wave="web",
        attempt=1,
        chunk=0,
        execution_type=ExecutionType.DRILL,
        servers=servers,
        remaining_path=1,
        queued_time=NOON,
    ).changed(**values)


def _grant(key: str, servers: int) -> Grant:
    return Grant(key=key, execution_id=ID, wave="web", attempt=1, chunk=0, servers=servers)


def _foreign(servers: int) -> Job:
    statuses = {f"s{number}": "PENDING" for number in range(servers)}
    return job(**statuses).changed(status="STARTED", end_time=None)


def _keys(entries: list[QueueEntry]) -> list[str]:
    return [entry.key for entry in entries]


def _admitted(
    *queue: QueueEntry,
    grants: tuple[Grant, ...] = (),
    foreign: tuple[Job, ...] = (),
    limits: Limits | None = None,
) -> list[str]:
    ledger = Ledger(version=1, limits=limits or Limits(), queue=list(queue), grants=list(grants))
    return _keys(admit(ledger, foreign, NOON))


@UNHURRIED
@given(st.sets(st.integers(0, 5_000), max_size=450), st.integers(1, 120))
def test_chunks_are_complete_sorted_balanced_and_as_few_as_can_be(
    numbers: set[int], servers_per_job: int
) -> None:
    ids = [server_id(number) for number in numbers]
    chunks = cut_into_chunks(ids, servers_per_job)
    sizes = [len(chunk) for chunk in chunks]

    assert [each for chunk in chunks for each in chunk] == sorted(ids)
    assert all(1 <= size <= servers_per_job for size in sizes)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert (len(chunks) - 1) * servers_per_job < len(ids) or not chunks


def test_no_servers_make_no_chunk() -> None:
    assert cut_into_chunks([], 100) == []


def test_101_servers_become_two_chunks_of_nearly_one_size() -> None:
    chunks = cut_into_chunks([server_id(number) for number in range(101)], 100)
    assert [len(chunk) for chunk in chunks] == [50, 51]


def test_the_limits_are_those_of_the_drs_user_guide() -> None:
    limits = Limits()
    assert (limits.servers_per_job, limits.jobs, limits.servers_in_jobs) == (100, 20, 500)


def test_a_recovery_goes_before_every_drill() -> None:
    drill = _entry("a", remaining_path=9)
    recovery = _entry("b", execution_type="RECOVERY", queued_time=NOON + timedelta(hours=1))
    assert _admitted(drill, recovery) == ["b", "a"]


def test_the_longest_remaining_path_goes_first_then_who_came_first() -> None:
    late = _entry("a", queued_time=NOON + timedelta(seconds=1))
    assert _admitted(late, _entry("b"), _entry("c", remaining_path=2)) == ["c", "b", "a"]


def test_a_chunk_that_does_not_fit_holds_back_the_small_ones_behind_it() -> None:
    large = _entry("large", servers=100, remaining_path=2)
    small = _entry("small", servers=1)
    assert _admitted(large, small, grants=(_grant("g", 401),)) == []
    assert _admitted(large, small, grants=(_grant("g", 400),)) == ["large"]
    assert _admitted(large, small, grants=(_grant("g", 399),)) == ["large", "small"]


def test_jobs_that_others_started_take_room() -> None:
    limits = Limits(jobs=2, servers_in_jobs=20)
    one, two = _entry("one"), _entry("two")
    assert _admitted(one, two, limits=limits) == ["one", "two"]
    assert _admitted(one, two, limits=limits, foreign=(_foreign(1),)) == ["one"]
    assert _admitted(one, two, limits=limits, foreign=(_foreign(11),)) == []


_entries = st.builds(
    lambda number, servers, path, kind, wait: _entry(
        f"k{number}",
        servers,
        remaining_path=path,
        execution_type=kind,
        queued_time=NOON + timedelta(seconds=wait),
    ),
    st.integers(0, 1_000),
    st.integers(1, 100),
    st.integers(1, 4),
    st.sampled_from(ExecutionType),
    st.integers(0, 3),
)


@UNHURRIED
@given(
    st.lists(_entries, max_size=30, unique_by=lambda entry: entry.key),
    st.lists(st.integers(1, 100), max_size=10),
    st.lists(st.integers(0, 40), max_size=5),
)
def test_never_above_the_limits_in_the_order_of_need_and_no_further_than_the_first_that_waits(
    queue: list[QueueEntry], held: list[int], foreign: list[int]
) -> None:
    limits = Limits(jobs=12, servers_in_jobs=300)
    grants = [_grant(f"g{number}", servers) for number, servers in enumerate(held)]
    ledger = Ledger(version=1, limits=limits, queue=queue, grants=grants)
    admitted = admit(ledger, [_foreign(servers) for servers in foreign], NOON)

    waiting = [entry for entry in queue if entry not in admitted]
    jobs = len(held) + len(foreign) + len(admitted)
    servers = sum(held) + sum(foreign) + sum(entry.servers for entry in admitted)
    if admitted:
        assert jobs <= limits.jobs
        assert servers <= limits.servers_in_jobs
    if waiting:
        head = min(waiting, key=_need)
        assert jobs + 1 > limits.jobs or servers + head.servers > limits.servers_in_jobs
        assert all(_need(entry) < _need(head) for entry in admitted)
    assert all(_need(first) <= _need(second) for first, second in pairwise(admitted))


def _need(entry: QueueEntry) -> tuple[int, int, float, str]:
    """Return what sorts the neediest first."""
    is_drill = 1 if entry.execution_type is ExecutionType.DRILL else 0
    return is_drill, -entry.remaining_path, entry.queued_time.timestamp(), entry.key


@UNHURRIED
@given(st.lists(_entries, min_size=1, max_size=12, unique_by=lambda entry: entry.key))
def test_nobody_starves_when_jobs_keep_ending(queue: list[QueueEntry]) -> None:
    limits = Limits(jobs=2, servers_in_jobs=100)
    left, rounds = queue, 0
    while left:
        admitted = admit(Ledger(version=1, limits=limits, queue=left, grants=[]), [], NOON)
        assert admitted, "an empty DRS admits the head of the queue"
        left = [entry for entry in left if entry not in admitted]
        rounds += 1
    assert rounds <= len(queue)


def _keeps(
    *queue: QueueEntry, path: int = 3, kind: str = "RECOVERY", seconds_ago: float = 1
) -> bool:
    grant = _grant("ended", 10).changed(remaining_path=path, execution_type=ExecutionType(kind))
    ledger = Ledger(version=1, limits=Limits(), queue=list(queue), grants=[grant])
    return keeps_room(grant, NOON - timedelta(seconds=seconds_ago), ledger, NOON)


def test_room_of_an_ended_job_is_kept_for_dependents_that_come_before_all_who_queue() -> None:
    assert _keeps(_entry("bulk", execution_type=ExecutionType.RECOVERY, remaining_path=1))
    assert _keeps(_entry("drill", remaining_path=9))


@pytest.mark.parametrize("path", [2, 5])
def test_room_is_not_kept_from_those_who_queue_with_as_much_behind_them(path: int) -> None:
    bulk = _entry("bulk", execution_type=ExecutionType.RECOVERY, remaining_path=1)
    rival = bulk.changed(key="rival", remaining_path=path)

    assert not _keeps(bulk, rival)
    assert _keeps(bulk, rival.changed(not_before=NOON + timedelta(minutes=1)))


def test_room_is_kept_for_seconds_only_and_only_if_somebody_may_come() -> None:
    drill = _entry("drill")

    assert _keeps(drill, seconds_ago=19)
    assert not _keeps(drill, seconds_ago=20)
    assert not _keeps(drill, path=1)
