"""Whatever two handlers do, in whatever order and from however old a copy: the ledger and the
intents agree, DRS's limits hold, and what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.domain.errors import ExecutionClosed, StaleVersion
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.quota import Ledger, Limits, admit
from local.virtual.items import MemoryItems
from tests.unit.executions import NOON, PLACE, execution, intent, wave
from tests.unit.unhurried import UNHURRIED

_LIMITS = Limits(jobs=3, servers_in_jobs=5)
_RUNS = {"drill-1": "DRILL", "recovery-1": "RECOVERY"}
_CHUNKS = 3
_HOLDS_ROOM = {IntentStatus.GRANTED, IntentStatus.SENT, IntentStatus.CONFIRMED}

_HANDLERS = st.integers(0, 1)
_PLACES = st.integers(0, len(_RUNS) * _CHUNKS - 1)


class TwoHandlers(RuleBasedStateMachine):
    """Two executions compete for one place; each handler works from what it last read."""

    def __init__(self) -> None:
        super().__init__()
        items = MemoryItems()
        self.executions = ExecutionStore(items)
        self.ledgers = LedgerStore(items)
        self.ledgers.note_limits(PLACE, _LIMITS)
        for id_, kind in _RUNS.items():
            run = execution(
                execution_id=id_, execution_type=kind, status="PENDING", preparation="fence"
            )
            chunks = [
                intent(chunk, servers=chunk + 1, execution_id=id_, execution_type=kind)
                for chunk in range(_CHUNKS)
            ]
            self.executions.create(run)
            self.executions.write_snapshot(run, [wave()], [], chunks)
            self.executions.save(run.changed(status="RUNNING"))
        self.hands = [self._intents(), self._intents()]
        self.known_ledgers = [self.ledgers.read(PLACE)] * 2

    @rule(handler=_HANDLERS)
    def read(self, handler: int) -> None:
        self.hands[handler] = self._intents()
        self.known_ledgers[handler] = self.ledgers.read(PLACE)

    @rule(
        handler=_HANDLERS,
        place=_PLACES,
        answer=st.sampled_from(["a job", "a job", "no room", "no", "slow down"]),
        reads_first=st.sampled_from([True, True, True, False]),
    )
    def go_on(self, handler: int, place: int, answer: str, reads_first: bool) -> None:
        if reads_first:
            self.read(handler)
        held = self.hands[handler][place]
        match held.status:
            case IntentStatus.PREPARED:
                self._ask(self.hands[handler])
            case IntentStatus.QUEUED:
                self._pump(self.hands[handler], self.known_ledgers[handler], place)
            case IntentStatus.GRANTED:
                sent = held.changed(status="SENT", sends=held.sends + 1)
                self._try(held, lambda: self.executions.send_intent(sent), is_fenced=True)
            case IntentStatus.SENT:
                self._hear(held, answer)
            case IntentStatus.CONFIRMED:
                self._try(held, lambda: self.ledgers.release(held.changed(status="ENDED")))

    @rule(handler=_HANDLERS, place=_PLACES)
    def abandon(self, handler: int, place: int) -> None:
        held = self.hands[handler][place]
        if not (held.status.is_final or held.status.may_have_job):
            self._try(held, lambda: self.ledgers.release(held.changed(status="ABANDONED")))

    @precondition(lambda self: self._is_open("drill-1"))
    @rule(change=st.sampled_from([{"stopped_by": "db"}, {"status": "FAILED"}]))
    def close_the_drill(self, change: dict[str, str]) -> None:
        self.executions.save(self.executions.get("drill-1").changed(**change))

    @invariant()
    def the_ledger_and_the_intents_agree(self) -> None:
        intents, ledger = self._intents(), self.ledgers.read(PLACE)
        queued = {each.key for each in intents if each.status is IntentStatus.QUEUED}
        granted = {each.key for each in intents if each.status in _HOLDS_ROOM}
        assert {entry.key for entry in ledger.queue} == queued
        assert {grant.key for grant in ledger.grants} == granted
        jobs = {each.key: each.job_id for each in intents}
        assert all(grant.job_id == jobs[grant.key] for grant in ledger.grants)

    @invariant()
    def the_limits_hold(self) -> None:
        grants = self.ledgers.read(PLACE).grants
        assert len(grants) <= _LIMITS.jobs
        assert sum(grant.servers for grant in grants) <= _LIMITS.servers_in_jobs

    def _ask(self, hand: Sequence[Intent]) -> None:
        before = self._intents()
        prepared = [
            each.changed(queued_time=NOON) for each in hand if each.status is IntentStatus.PREPARED
        ]
        self.ledgers.enqueue(prepared)
        asked = {each.key for each in prepared}
        for old, new in zip(before, self._intents(), strict=True):
            moves = old.key in asked and old.status is IntentStatus.PREPARED
            assert new.status == (IntentStatus.QUEUED if moves else old.status)
            assert new.version == old.version + moves

    def _pump(self, hand: Sequence[Intent], ledger: Ledger, place: int) -> None:
        admitted = admit(ledger, [], NOON)
        if admitted:
            entry = admitted[place % len(admitted)]
            held = next(each for each in hand if each.key == entry.key)
            self._try(
                held,
                lambda: self.ledgers.grant(PLACE, ledger.version, [(entry, held)]),
                is_fenced=True,
                may_work=ledger.version == self.ledgers.read(PLACE).version,
            )

    def _hear(self, held: Intent, answer: str) -> None:
        requeued = held.changed(queued_time=NOON)
        acts: dict[str, Callable[[], object]] = {
            "a job": lambda: self.ledgers.confirm(held.changed(job_id=f"job of {held.key}")),
            "no room": lambda: self.ledgers.requeue(requeued, "no room"),
            "no": lambda: self.ledgers.release(held.changed(status="REFUSED")),
            "slow down": lambda: self.executions.save_intent(held.changed(status="GRANTED")),
        }
        self._try(held, acts[answer])

    def _try(
        self,
        held: Intent,
        act: Callable[[], object],
        *,
        is_fenced: bool = False,
        may_work: bool = True,
    ) -> None:
        """Act on a held intent, which works exactly if the copy is fresh and no fence is closed."""
        before = self._everything()
        is_fresh = held in before[0] and may_work
        is_open = not is_fenced or self._is_open(held.execution_id)
        try:
            act()
        except StaleVersion:
            assert not is_fresh
        except ExecutionClosed:
            assert not is_open
        else:
            assert is_fresh
            assert is_open
            return
        assert self._everything() == before

    def _everything(self) -> tuple[list[Intent], Ledger]:
        return self._intents(), self.ledgers.read(PLACE)

    def _intents(self) -> list[Intent]:
        return [each for id_ in _RUNS for each in self.executions.intents(id_)]

    def _is_open(self, execution_id: str) -> bool:
        run = self.executions.get(execution_id)
        return run.status == "RUNNING" and run.stopped_by is None


TestTwoHandlers = TwoHandlers.TestCase
TestTwoHandlers.settings = settings(UNHURRIED, max_examples=60, stateful_step_count=40)
