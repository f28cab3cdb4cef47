"""A RETRY is carried out by two at once, and by whoever finds it half done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.services.waves.retry_wave import RetryWave
from local.virtual.items import MemoryItems
from tests.unit.executions import ID, PLACE, execution, intent, server, wave

_SERVERS = 10


class _Meanwhile(ExecutionStore):
    """Prepares so many launches; then somebody else has a go, before the others."""

    def __init__(self, items: Items, prepared: int, somebody: Callable[[], None]) -> None:
        super().__init__(items)
        self._prepared = prepared
        self._somebody = somebody

    def add_intents(self, intents: Sequence[Intent]) -> None:
        super().add_intents(intents[: self._prepared])
        self._somebody()
        super().add_intents(intents[self._prepared :])


def _lost_wave() -> Items:
    """Return a table with a running execution, all servers of whose wave were lost."""
    items = MemoryItems()
    executions, run = ExecutionStore(items), execution(status="PENDING", preparation="fence")
    LedgerStore(items).note_limits(PLACE, Limits(servers_per_job=3))
    executions.create(run)
    lost = [server(n, verdict="FAILED", reason="no capacity") for n in range(_SERVERS)]
    executions.write_snapshot(run, [wave()], lost, [intent(servers=_SERVERS, status="ENDED")])
    executions.save(run.changed(status="RUNNING"))
    return items


def _retry(executions: ExecutionStore, items: Items, attempt: int) -> None:
    retry = RetryWave(executions, LedgerStore(items), Sites(Sessions(PLACE)))
    retry(executions.get(ID), executions.wave(ID, "web"), attempt)


def _launched_again(items: Items) -> dict[tuple[int, int], list[str]]:
    """Return the servers of each launch but the first, by attempt and chunk."""
    return {
        (each.attempt, each.chunk): each.source_server_ids
        for each in ExecutionStore(items).intents(ID)
        if each.attempt > 1
    }


def test_two_at_once_cut_the_same_chunks() -> None:
    """The second has found the first chunk, when the first goes on to the next."""
    alone, items = _lost_wave(), _lost_wave()
    _retry(ExecutionStore(alone), alone, attempt=2)
    left: list[Intent] = []
    second = _Meanwhile(items, 0, lambda: ExecutionStore(items).add_intents(left[1:2]))

    class First(ExecutionStore):
        def add_intents(self, intents: Sequence[Intent]) -> None:
            left.extend(intents)
            super().add_intents(intents[:1])
            _retry(second, items, attempt=2)
            super().add_intents(intents[2:])

    _retry(First(items), items, attempt=2)

    assert _launched_again(items) == _launched_again(alone)
    assert len(_launched_again(items)) == 4


def test_the_next_retry_prepares_what_the_one_before_could_not() -> None:
    class DiedError(Exception):
        pass

    def die() -> None:
        raise DiedError

    items = _lost_wave()
    try:
        _retry(_Meanwhile(items, 2, die), items, attempt=2)
    except DiedError:
        half = _launched_again(items)
    _retry(ExecutionStore(items), items, attempt=3)

    whole = _launched_again(items)
    assert sorted(half) == [(2, 0), (2, 1)]
    assert sorted(whole) == [(2, 0), (2, 1), (2, 2), (2, 3)]
    assert len({each for ids in whole.values() for each in ids}) == _SERVERS
