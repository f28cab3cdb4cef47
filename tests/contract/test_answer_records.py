"""Questions and answers as they are stored: one answer each, and none that would start nothing."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.decision import Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.errors import ExecutionClosed, StaleDecision
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.wave import WaveStatus
from tests.contract.stored_executions import running
from tests.unit.executions import ID, NOON


@pytest.fixture
def store(items: Items) -> ExecutionStore:
    return ExecutionStore(items)


def _asking(store: ExecutionStore, kind: QuestionKind = QuestionKind.LAUNCH) -> Execution:
    """Create a running execution whose wave "web" asks question 1."""
    run = running(store)
    question = Question(kind=kind, attempt=1, message="1 of 2 failed", asked_time=NOON)
    assert store.move_wave(
        ID,
        "web",
        {WaveStatus.PENDING},
        WaveStatus.AWAITING_DECISION,
        question=question,
        asked_visit=NOON,
    )
    assert store.wave(ID, "web").asked_visit == NOON
    return run


def _decision(choice: Choice = Choice.SKIP) -> Decision:
    return Decision(
        wave="web", attempt=1, decision=choice, reason="enough", actor="somebody", time=NOON
    )


def _withdraw(store: ExecutionStore) -> bool:
    return store.move_wave(
        ID,
        "web",
        {WaveStatus.AWAITING_DECISION},
        WaveStatus.RUNNING,
        asked=1,
        unanswered=True,
        attempt=2,
        question=None,
    )


def test_a_question_is_withdrawn_if_nobody_has_answered(store: ExecutionStore) -> None:
    _asking(store, QuestionKind.STUCK)

    assert _withdraw(store)
    with pytest.raises(StaleDecision, match="does not ask question 1 any more"):
        store.decide(ID, _decision(), QuestionKind.STUCK)

    assert store.decisions(ID) == []


def test_a_question_that_is_answered_is_not_withdrawn(store: ExecutionStore) -> None:
    _asking(store, QuestionKind.STUCK)
    store.decide(ID, _decision(), QuestionKind.STUCK)

    assert not _withdraw(store)

    assert store.wave(ID, "web").question is not None


def test_of_two_answers_the_second_is_refused(store: ExecutionStore) -> None:
    _asking(store)
    store.decide(ID, _decision(), QuestionKind.LAUNCH)

    with pytest.raises(StaleDecision):
        store.decide(ID, _decision(Choice.ABORT), QuestionKind.LAUNCH)

    assert store.decision(ID, "web", 1) == _decision()


@pytest.mark.parametrize("kind", QuestionKind)
@pytest.mark.parametrize(
    "closed",
    [
        {"cancelled_by": "another"},
        {"aborted_by": "another"},
        {"stopped_by": "db"},
        {"overran_time": NOON},
        {"finishing_time": NOON},
    ],
)
def test_an_answer_is_refused_that_would_start_nothing_but_about_stuck_jobs(
    store: ExecutionStore, closed: dict[str, object], kind: QuestionKind
) -> None:
    run = _asking(store, kind)
    store.save(run.changed(status="RUNNING", **closed))

    if kind is QuestionKind.STUCK:
        store.decide(ID, _decision(), kind)
        assert store.decisions(ID) == [_decision()]
    else:
        with pytest.raises(ExecutionClosed, match="take no answers any more"):
            store.decide(ID, _decision(), kind)
        assert store.decisions(ID) == []


def test_an_answer_is_taken_in_a_pause(store: ExecutionStore) -> None:
    run = _asking(store)
    store.save(run.changed(status="RUNNING", paused_by="another"))

    store.decide(ID, _decision(), QuestionKind.LAUNCH)

    assert store.decisions(ID) == [_decision()]


def test_a_second_answer_is_told_so_though_the_execution_is_closed_since(
    store: ExecutionStore,
) -> None:
    run = _asking(store)
    store.decide(ID, _decision(), QuestionKind.LAUNCH)
    store.save(run.changed(status="RUNNING", cancelled_by="another"))

    with pytest.raises(StaleDecision):
        store.decide(ID, _decision(Choice.ABORT), QuestionKind.LAUNCH)
