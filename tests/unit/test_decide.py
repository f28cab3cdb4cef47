"""An answer is recorded once, and carried out by whoever finds it, as often as it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.decision import Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    InvalidRequest,
    StaleDecision,
    WorkflowUnavailable,
)
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.services.actions.retry_actions import RetryActions
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.questions.carry_out import CarryOut
from drs_orchestrator.services.questions.decide import Decide
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.retry_wave import RetryWave
from drs_orchestrator.services.waves.turnstile import Turnstile
from local.clock import ManualClock
from local.virtual.items import MemoryItems
from tests.unit.executions import ID, NOON, PLACE, execution, intent, server, wave


class Bells(StepFunctionsWorkflow):
    """Step Functions as far as it is rung; it may be throttled."""

    throttled = False

    def __init__(self) -> None:
        super().__init__(Sessions(PLACE), "recovery")
        self.rung: list[str] = []

    def ring(self, bell: str, step: Step) -> bool:
        """Note the bell."""
        del step
        if self.throttled:
            raise WorkflowUnavailable("SendTaskSuccess: ThrottlingException")
        self.rung.append(bell)
        return True


class World:
    """One execution whose only wave asks about a failed server. No bell hangs."""

    def __init__(self, kind: QuestionKind = QuestionKind.LAUNCH, **fields: object) -> None:
        items, clock = MemoryItems(), ManualClock()
        self.now = clock.now()
        self.executions, ledgers = ExecutionStore(items), LedgerStore(items)
        self.bells = workflow = Bells()
        sites = Sites(Sessions(PLACE))
        admission = Admission(ledgers, self.executions, sites, workflow, clock)
        turnstile = Turnstile(
            self.executions, admission, Approvals(self.executions, clock), workflow, clock
        )
        self.carry_out = CarryOut(
            self.executions,
            RetryWave(self.executions, ledgers, sites),
            RetryActions(self.executions),
            turnstile,
            workflow,
            clock,
        )
        self._decide = Decide(self.executions, self.carry_out, clock)
        question = Question(kind=kind, attempt=1, message="1 of 2 failed", asked_time=NOON)
        asking = wave("web", on_failure="ASK", status="AWAITING_DECISION", phase="LAUNCH")
        run = execution(status="PENDING", preparation="fence", awaiting=["web"])
        self.executions.create(run)
        self.executions.write_snapshot(
            run,
            [asking.changed(question=question, **fields)],
            [server(0, verdict="LAUNCHED"), server(1, verdict="FAILED", reason="no capacity")],
            [intent(status="ENDED", snapshot_ids={server(1).source_server_id: "pit-1"})],
        )
        self.executions.save(run.changed(status="RUNNING"))

    def record(self, choice: Choice, reason: str | None = None, attempt: int = 1) -> None:
        """Write an answer, as a handler does that dies right after it."""
        self.executions.decide(
            ID,
            Decision(
                wave="web",
                attempt=attempt,
                decision=choice,
                reason=reason,
                actor="ada",
                time=NOON,
            ),
            QuestionKind.LAUNCH,
        )

    def decide(
        self, choice: Choice, reason: str | None = None, attempt: int = 1, actor: str = "ada"
    ) -> Decision:
        """Answer as the API does."""
        return self._decide(ID, "web", attempt=attempt, choice=choice, reason=reason, actor=actor)

    @property
    def wave(self) -> WaveRecord:
        """The wave as stored."""
        return self.executions.wave(ID, "web")

    @property
    def servers(self) -> list[RecoveredServer]:
        """The servers as stored."""
        return self.executions.servers(ID, "web")


def test_a_retry_prepares_a_new_launch_of_the_failed_server_alone() -> None:
    world = World()
    world.decide(Choice.RETRY)
    (_, again) = world.executions.intents(ID, "web")
    assert (again.attempt, again.chunk, again.status) == (2, 0, "PREPARED")
    assert again.source_server_ids == [server(1).source_server_id]
    assert [(s.verdict, s.attempt) for s in world.servers] == [("LAUNCHED", 1), (None, 2)]
    assert (world.wave.status, world.wave.attempt, world.wave.question) == ("HELD", 2, None)
    assert world.executions.get(ID).awaiting == []


def test_an_answer_whose_handler_died_is_carried_out_by_the_next_who_finds_it() -> None:
    world = World()
    world.record(Choice.RETRY)
    assert world.wave.question is not None
    world.carry_out(ID, "web")
    assert (world.wave.status, world.wave.attempt) == ("HELD", 2)


def test_carrying_out_twice_is_carrying_out_once() -> None:
    world = World()
    world.decide(Choice.RETRY)
    before = (world.wave, world.servers, world.executions.intents(ID))
    world.carry_out(ID, "web")
    assert (world.wave, world.servers, world.executions.intents(ID)) == before


def test_a_late_repetition_does_not_reopen_what_failed_again() -> None:
    world = World()
    world.decide(Choice.RETRY)
    failed_again = world.servers[1].changed(verdict="FAILED", reason="again")
    world.executions.save_servers(ID, [failed_again])
    # Another handler of the same answer, which slept since it had read the wave.
    RetryWave(world.executions, LedgerStore(MemoryItems()), Sites(Sessions(PLACE)))(
        world.executions.get(ID), world.wave, attempt=2
    )
    assert world.servers[1] == failed_again
    assert len(world.executions.intents(ID)) == 2


def test_the_second_answer_is_told_that_the_question_is_answered() -> None:
    world = World()
    world.record(Choice.RETRY)
    with pytest.raises(StaleDecision, match="was answered RETRY by ada"):
        world.decide(Choice.ABORT)
    assert world.executions.get(ID).aborted_by is None


def test_whoever_answers_after_a_handler_died_gets_its_answer_carried_out() -> None:
    world = World()
    world.record(Choice.RETRY)
    with pytest.raises(StaleDecision, match="question 1 of wave 'web' was answered"):
        world.decide(Choice.RETRY, actor="bob")
    assert (world.wave.status, world.wave.attempt) == ("HELD", 2)


def test_an_answer_that_was_told_to_have_failed_is_taken_again_and_rings() -> None:
    world = World()
    world.executions.hang_bell(
        ID, "web", Bell(token="token", timeout_seconds=60, workflow_arn="arn")
    )
    world.bells.throttled = True
    with pytest.raises(WorkflowUnavailable):
        world.decide(Choice.SKIP, "not needed")
    world.bells.throttled = False
    again = world.decide(Choice.SKIP, "not needed")
    assert [again] == world.executions.decisions(ID)
    assert world.bells.rung == ["token"]


def test_an_equal_answer_that_came_first_by_a_hair_is_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    decide = world.executions.decide

    def second(execution_id: str, decision: Decision, kind: QuestionKind) -> None:
        decide(execution_id, decision.changed(time=NOON), kind)
        decide(execution_id, decision, kind)

    monkeypatch.setattr(world.executions, "decide", second)
    assert [world.decide(Choice.RETRY)] == world.executions.decisions(ID)
    assert (world.wave.status, world.wave.attempt) == ("HELD", 2)


@pytest.mark.parametrize(
    ("choice", "reason", "actor"),
    [
        (Choice.ABORT, "not needed", "ada"),
        (Choice.SKIP, "another", "ada"),
        (Choice.SKIP, "not needed", "bob"),
    ],
)
def test_another_answer_than_the_one_on_record_is_refused(
    choice: Choice, reason: str, actor: str
) -> None:
    world = World()
    world.decide(Choice.SKIP, "not needed")
    with pytest.raises(StaleDecision, match="was answered SKIP by ada"):
        world.decide(choice, reason, actor=actor)


def test_an_answer_of_another_question_meets_none() -> None:
    world = World()
    with pytest.raises(StaleDecision, match="asks question 1 by now, not 0"):
        world.decide(Choice.RETRY, attempt=0)
    with pytest.raises(InvalidRequest, match="WAIT does not answer"):
        world.decide(Choice.WAIT)
    with pytest.raises(InvalidRequest, match="needs a reason"):
        world.decide(Choice.SKIP)
    assert world.executions.decisions(ID) == []


@pytest.mark.parametrize(
    "kind", [QuestionKind.LAUNCH, QuestionKind.FAULT, QuestionKind.HEALTH, QuestionKind.ACTION]
)
def test_where_nothing_starts_nobody_answers(kind: QuestionKind) -> None:
    world = World(kind)
    world.executions.save(world.executions.get(ID).changed(cancelled_by="bob"))
    with pytest.raises(ExecutionClosed, match="take no answers any more"):
        world.decide(Choice.RETRY)
    assert world.executions.decisions(ID) == []


def test_jobs_that_seem_stuck_are_decided_about_whatever_becomes_of_the_execution() -> None:
    world = World(QuestionKind.STUCK)
    world.executions.save(world.executions.get(ID).changed(cancelled_by="bob"))
    world.decide(Choice.WAIT)
    assert world.wave.question is None


def test_an_abort_closes_the_execution_and_gives_the_wave_up() -> None:
    world = World()
    world.decide(Choice.ABORT)
    assert world.executions.get(ID).aborted_by == "ada"
    assert world.wave.aborted_by == "ada"
    assert world.wave.question is None


def test_a_wait_sets_the_deadline_anew() -> None:
    world = World(QuestionKind.STUCK)
    long_ago = world.now - timedelta(hours=3)
    before = world.wave.deadline_of(long_ago)
    world.decide(Choice.WAIT)
    assert before < world.now < world.wave.deadline_of(long_ago)
    assert (world.wave.status, world.wave.attempt) == ("RUNNING", 2)


def test_a_retry_of_health_takes_no_verdict_back() -> None:
    world = World(QuestionKind.HEALTH, phase="HEALTH")
    world.decide(Choice.RETRY)
    assert [s.verdict for s in world.servers] == ["LAUNCHED", "FAILED"]
    assert world.wave.status == "VERIFYING"
    assert len(world.executions.intents(ID)) == 1
