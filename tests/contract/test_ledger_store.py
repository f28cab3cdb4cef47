"""Queue and grants as they are stored: an intent and the ledger change together or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.domain.errors import ExecutionClosed, ExecutionPaused, StaleVersion
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.quota import Ledger, Limits
from tests.unit.executions import ELSEWHERE, ID, NOON, PLACE, execution, intent, wave


class Stores(NamedTuple):
    """Both stores of the Executions table."""

    executions: ExecutionStore
    ledgers: LedgerStore

    def prepare(self, *intents: Intent) -> None:
        """Create a running execution with the intents."""
        run = execution(status="PENDING", preparation="fence")
        self.executions.create(run)
        self.executions.write_snapshot(run, [wave()], [], intents)
        self.executions.save(run.changed(status="RUNNING"))

    def queue(self, *intents: Intent) -> None:
        """Create a running execution whose intents are queued."""
        self.prepare(*intents)
        self.ledgers.enqueue([each.changed(queued_time=NOON) for each in intents])

    def grant(self, chunk: int = 0) -> Intent:
        """Grant a queued chunk and return its intent."""
        ledger = self.ledgers.read(PLACE)
        queued = self.intent(chunk)
        (entry,) = [each for each in ledger.queue if each.key == queued.key]
        self.ledgers.grant(PLACE, ledger.version, [(entry, queued)])
        return self.intent(chunk)

    def send(self, chunk: int = 0) -> Intent:
        """Grant a queued chunk and note that it is sent."""
        return self.executions.send_intent(self.grant(chunk).changed(status="SENT", sends=1))

    def intent(self, chunk: int = 0) -> Intent:
        """Return the stored intent of a chunk."""
        return self.executions.intents(ID, "web")[chunk]


@pytest.fixture
def stores(items: Items) -> Stores:
    return Stores(ExecutionStore(items), LedgerStore(items))


def _held(ledger: Ledger) -> tuple[list[str], list[str]]:
    """Return the keys in the queue and those that hold a grant."""
    return [entry.key for entry in ledger.queue], [grant.key for grant in ledger.grants]


def test_a_place_that_nobody_used_has_an_empty_ledger(stores: Stores) -> None:
    assert stores.ledgers.read(PLACE) == Ledger(version=0, limits=Limits(), queue=[], grants=[])


def test_what_hinders_the_queue_is_known_to_all_until_it_is_over(stores: Stores) -> None:
    stores.queue(intent())
    stores.ledgers.note_hindrance(PLACE, "nobody answers")
    stores.ledgers.note_pump(PLACE, NOON)
    assert stores.ledgers.read(PLACE).hindrance == "nobody answers"
    assert stores.ledgers.read(ELSEWHERE).hindrance is None

    stores.grant()
    stores.ledgers.note_hindrance(PLACE, None)

    ledger = stores.ledgers.read(PLACE)
    assert (ledger.hindrance, ledger.pumped_time, ledger.version) == (None, NOON, 1)


def test_the_limits_that_were_noted_outlive_every_grant(stores: Stores) -> None:
    limits = Limits(servers_per_job=50, jobs=7, servers_in_jobs=300)
    stores.ledgers.note_limits(PLACE, limits)
    stores.queue(intent())
    stores.grant()
    ledger = stores.ledgers.read(PLACE)
    assert (ledger.version, ledger.limits) == (1, limits)
    assert stores.ledgers.read(ELSEWHERE).limits == Limits()


def test_limits_that_change_keep_the_version(stores: Stores) -> None:
    stores.queue(intent(0), intent(1))
    stores.grant(0)
    stores.ledgers.note_limits(PLACE, Limits(jobs=7))
    stores.grant(1)
    assert stores.ledgers.read(PLACE).version == 2


def test_a_queued_chunk_is_in_the_ledger_with_all_that_decides_its_turn(stores: Stores) -> None:
    stores.queue(intent(3, servers=7, remaining_path=4, execution_type="RECOVERY"))
    (entry,) = stores.ledgers.read(PLACE).queue
    assert stores.intent().status == "QUEUED"
    assert entry.document() == {
        "key": intent(3).key,
        "executionId": ID,
        "wave": "web",
        "attempt": 1,
        "chunk": 3,
        "executionType": "RECOVERY",
        "servers": 7,
        "remainingPath": 4,
        "queuedTime": "2026-01-01T12:00:00Z",
    }


def test_each_region_has_a_ledger_of_its_own(stores: Stores) -> None:
    stores.queue(intent(0), intent(1, region=ELSEWHERE.region))
    assert _held(stores.ledgers.read(PLACE)) == ([intent(0).key], [])
    assert _held(stores.ledgers.read(ELSEWHERE)) == ([intent(1).key], [])


def test_to_queue_nothing_is_fine(stores: Stores) -> None:
    stores.ledgers.enqueue([])
    assert stores.ledgers.read(PLACE).queue == []


def test_a_chunk_that_is_queued_twice_is_queued_once(stores: Stores) -> None:
    stores.queue(intent())
    before = stores.intent()
    stores.ledgers.enqueue([intent(queued_time=NOON)])
    assert stores.intent() == before
    assert _held(stores.ledgers.read(PLACE)) == ([intent().key], [])


def test_a_chunk_that_moved_on_stays_where_it_is_and_the_others_are_queued(
    stores: Stores,
) -> None:
    chunks = [intent(chunk) for chunk in range(3)]
    stores.prepare(*chunks)
    stores.ledgers.enqueue([chunks[1].changed(queued_time=NOON)])
    stores.grant(1)
    stores.ledgers.enqueue([chunk.changed(queued_time=NOON) for chunk in chunks])
    assert _held(stores.ledgers.read(PLACE)) == ([chunks[0].key, chunks[2].key], [chunks[1].key])
    assert [i.status for i in stores.executions.intents(ID)] == ["QUEUED", "GRANTED", "QUEUED"]


def test_more_chunks_than_a_transaction_holds_are_queued(stores: Stores) -> None:
    stores.queue(*(intent(chunk, servers=1) for chunk in range(45)))
    assert len(stores.ledgers.read(PLACE).queue) == 45


def test_a_grant_moves_the_chunk_and_raises_the_version(stores: Stores) -> None:
    stores.queue(intent(0, servers=7), intent(1))
    granted = stores.grant(0)
    ledger = stores.ledgers.read(PLACE)
    assert granted.status == "GRANTED"
    assert _held(ledger) == ([intent(1).key], [intent(0).key])
    assert (ledger.version, ledger.grants[0].servers, ledger.grants[0].job_id) == (1, 7, None)


def test_of_two_decisions_on_one_ledger_the_second_is_refused(stores: Stores) -> None:
    stores.queue(intent(0), intent(1))
    read = stores.ledgers.read(PLACE)
    stores.ledgers.grant(PLACE, read.version, [(read.queue[0], stores.intent(0))])
    with pytest.raises(StaleVersion, match="us-west-2"):
        stores.ledgers.grant(PLACE, read.version, [(read.queue[1], stores.intent(1))])
    assert _held(stores.ledgers.read(PLACE)) == ([intent(1).key], [intent(0).key])
    assert stores.intent(1).status == "QUEUED"


def test_a_stale_intent_is_not_granted_and_not_taken_for_a_closed_execution(
    stores: Stores,
) -> None:
    stores.queue(intent())
    ledger, queued = stores.ledgers.read(PLACE), stores.intent()
    moved = stores.executions.save_intent(queued.changed(reason="somebody was here"))
    with pytest.raises(StaleVersion):
        stores.ledgers.grant(PLACE, ledger.version, [(ledger.queue[0], queued)])
    assert stores.intent() == moved
    assert stores.ledgers.read(PLACE) == ledger


@pytest.mark.parametrize("change", [{"stopped_by": "db"}, {"status": "FAILED"}])
def test_a_closed_execution_is_granted_nothing(stores: Stores, change: dict[str, str]) -> None:
    stores.queue(intent())
    stores.executions.save(stores.executions.get(ID).changed(**change))
    with pytest.raises(ExecutionClosed, match=ID):
        stores.grant()
    assert stores.intent().status == "QUEUED"
    assert _held(stores.ledgers.read(PLACE)) == ([intent().key], [])


def test_a_confirmed_launch_names_its_job_in_the_ledger(stores: Stores) -> None:
    stores.queue(intent())
    confirmed = stores.ledgers.confirm(stores.send().changed(job_id="drsjob-5"))
    assert (confirmed.status, stores.intent()) == ("CONFIRMED", confirmed)
    assert stores.ledgers.read(PLACE).grants[0].job_id == "drsjob-5"


def test_a_late_answer_does_not_change_a_launch_that_was_reconciled(stores: Stores) -> None:
    stores.queue(intent())
    sent = stores.send()
    adopted = stores.ledgers.confirm(sent.changed(job_id="drsjob-5"))
    with pytest.raises(StaleVersion):
        stores.ledgers.requeue(sent.changed(queued_time=NOON), "no room")
    with pytest.raises(StaleVersion):
        stores.ledgers.release(sent.changed(status="REFUSED"))
    with pytest.raises(StaleVersion):
        stores.ledgers.confirm(sent.changed(job_id="drsjob-6"))
    assert stores.intent() == adopted
    assert stores.ledgers.read(PLACE).grants[0].job_id == "drsjob-5"


def test_a_chunk_that_drs_had_no_room_for_waits_again_and_can_be_granted_again(
    stores: Stores,
) -> None:
    stores.queue(intent())
    stores.ledgers.requeue(stores.send().changed(queued_time=NOON), "no room")
    requeued = stores.intent()
    assert (requeued.status, requeued.reason, requeued.sends) == ("QUEUED", "no room", 1)
    assert _held(stores.ledgers.read(PLACE)) == ([intent().key], [])
    assert (stores.grant().status, stores.intent().reason) == ("GRANTED", None)


@pytest.mark.parametrize("status", ["ENDED", "REFUSED", "ABANDONED"])
def test_a_released_chunk_holds_nothing(stores: Stores, status: str) -> None:
    stores.queue(intent(0), intent(1))
    released = stores.ledgers.release(stores.send(0).changed(status=status))
    stores.ledgers.release(stores.intent(1).changed(status="ABANDONED"))
    assert (stores.intent(0), released.status) == (released, status)
    assert _held(stores.ledgers.read(PLACE)) == ([], [])


def test_a_chunk_that_never_queued_can_be_released(stores: Stores) -> None:
    stores.prepare(intent())
    stores.ledgers.release(intent(status="ABANDONED", reason="the wave ended"))
    assert (stores.intent().status, stores.intent().reason) == ("ABANDONED", "the wave ended")


@pytest.mark.parametrize("status", ["QUEUED", "GRANTED"])
def test_a_chunk_that_is_withdrawn_holds_nothing_and_can_be_queued_again(
    stores: Stores, status: str
) -> None:
    stores.queue(intent(0), intent(1))
    if status == "GRANTED":
        stores.grant()
    assert stores.intent().status == status
    stores.ledgers.withdraw(stores.intent(), "the execution is paused")
    withdrawn = stores.intent()
    held = _held(stores.ledgers.read(PLACE))
    stores.ledgers.enqueue([withdrawn.changed(queued_time=NOON)])

    assert (withdrawn.status, withdrawn.reason) == ("PREPARED", "the execution is paused")
    assert withdrawn.queued_time is None
    assert held == ([intent(1).key], [])
    assert stores.grant().status == "GRANTED"


def test_a_chunk_that_was_sent_meanwhile_is_not_withdrawn(stores: Stores) -> None:
    stores.queue(intent())
    granted = stores.grant()
    sent = stores.executions.send_intent(granted.changed(status="SENT", sends=1))
    with pytest.raises(StaleVersion):
        stores.ledgers.withdraw(granted, "the execution is paused")
    assert stores.intent() == sent
    assert _held(stores.ledgers.read(PLACE)) == ([], [intent().key])


@pytest.mark.parametrize("change", [{"cancelled_by": "bob"}, {"finishing_time": NOON}])
def test_a_closing_execution_is_granted_nothing(stores: Stores, change: dict[str, object]) -> None:
    stores.queue(intent())
    stores.executions.save(stores.executions.get(ID).changed(**change))
    with pytest.raises(ExecutionClosed, match=ID):
        stores.grant()
    assert stores.intent().status == "QUEUED"


def test_a_paused_execution_is_granted_nothing_until_it_is_resumed(stores: Stores) -> None:
    stores.queue(intent())
    paused = stores.executions.save(stores.executions.get(ID).changed(paused_by="alice"))
    with pytest.raises(ExecutionPaused, match="alice"):
        stores.grant()
    stores.executions.save(paused.changed(paused_by=None))
    assert stores.grant().status == "GRANTED"


def test_room_that_nobody_gave_back_can_be_dropped_twice(stores: Stores) -> None:
    stores.queue(intent(0), intent(1))
    stores.grant(0)
    (entry,) = stores.ledgers.read(PLACE).queue
    for _ in range(2):
        stores.ledgers.drop_grant(PLACE, intent(0).key)
        stores.ledgers.drop_entry(PLACE, entry)
    assert _held(stores.ledgers.read(PLACE)) == ([], [])


def test_an_entry_that_was_dropped_is_not_granted(stores: Stores) -> None:
    stores.queue(intent())
    ledger = stores.ledgers.read(PLACE)
    stores.ledgers.drop_entry(PLACE, ledger.queue[0])
    with pytest.raises(StaleVersion):
        stores.ledgers.grant(PLACE, ledger.version, [(ledger.queue[0], stores.intent())])
    assert stores.intent().status == "QUEUED"


def test_an_entry_that_was_put_anew_since_it_was_read_is_not_dropped(stores: Stores) -> None:
    stores.queue(intent())
    (stale,) = stores.ledgers.read(PLACE).queue
    again = stores.grant().changed(queued_time=NOON + timedelta(minutes=1))
    stores.ledgers.requeue(again, "DRS is full")

    stores.ledgers.drop_entry(PLACE, stale)

    assert _held(stores.ledgers.read(PLACE)) == ([intent().key], [])


def test_chunks_are_granted_together_or_not_at_all(stores: Stores) -> None:
    stores.queue(intent(0), intent(1))
    ledger = stores.ledgers.read(PLACE)
    stale = stores.intent(1).changed(version=99)

    with pytest.raises(StaleVersion):
        stores.ledgers.grant(
            PLACE,
            ledger.version,
            [(ledger.queue[0], stores.intent(0)), (ledger.queue[1], stale)],
        )
    assert stores.ledgers.read(PLACE).grants == []

    stores.ledgers.grant(
        PLACE,
        ledger.version,
        [(entry, stores.intent(i)) for i, entry in enumerate(ledger.queue)],
    )
    after = stores.ledgers.read(PLACE)
    assert [grant.key for grant in after.grants] == [entry.key for entry in ledger.queue]
    assert after.queue == []
