"""What becomes of a wave that failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.domain.action import ActionPhase
from drs_orchestrator.domain.decision import Choice, Question, QuestionKind
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.failure import Unasked, may_close, respond
from drs_orchestrator.domain.wave import WaveRecord
from tests.unit.executions import NOON, execution, intent, wave

_LATE = NOON + timedelta(minutes=91)


def _asking(**values: object) -> WaveRecord:
    return wave("web", on_failure="ASK", **values)


def _response(
    failed: WaveRecord,
    run: Execution | None = None,
    *,
    error: bool = False,
    running: bool = False,
    late: bool = False,
    answered: bool = False,
) -> QuestionKind | Unasked:
    now = _LATE if late else NOON
    intents = [intent(status="CONFIRMED", sent_time=NOON, job_id="drsjob-1")] if running else []
    run = run or execution()
    return respond(failed, run, now, error=error, intents=intents, answered=answered)


def test_what_is_asked_follows_from_what_failed() -> None:
    assert _response(_asking(phase="LAUNCH")) is QuestionKind.LAUNCH
    assert _response(_asking(phase="HEALTH")) is QuestionKind.HEALTH
    assert _response(_asking(phase="HEALTH"), error=True) is QuestionKind.FAULT


@pytest.mark.parametrize("policy", ["CONTINUE", "STOP"])
def test_nobody_is_asked_where_the_plan_says_what_a_failure_does(policy: str) -> None:
    assert _response(wave(on_failure=policy)) is Unasked.END


def _failed_action(on_failure: str) -> dict[str, object]:
    return {
        "phase": ActionPhase.BEFORE,
        "position": 0,
        "name": "stop-batch",
        "reason": "it failed",
        "on_failure": on_failure,
    }


def test_a_failed_action_has_a_policy_of_its_own() -> None:
    asks = wave("web", on_failure="CONTINUE", failed_action=_failed_action("ASK"))
    stops = _asking(failed_action=_failed_action("STOP"))
    assert _response(asks) is QuestionKind.ACTION
    assert _response(stops) is Unasked.END


@pytest.mark.parametrize("policy", ["ASK", "CONTINUE", "STOP"])
def test_a_failed_action_is_asked_about_though_its_step_met_an_error(policy: str) -> None:
    asks = wave("web", on_failure=policy, failed_action=_failed_action("ASK"))
    assert _response(asks, error=True) is QuestionKind.ACTION


@pytest.mark.parametrize("closed", ["cancelled_by", "aborted_by", "stopped_by"])
def test_nobody_is_asked_when_nothing_new_starts_any_more(closed: str) -> None:
    assert _response(_asking(), execution(**{closed: "alice"})) is Unasked.END


def test_no_error_ends_a_wave_whose_jobs_run() -> None:
    assert _response(_asking(), running=True, error=True) is Unasked.FOLLOW
    assert _response(_asking(), running=True, error=True, late=True) is Unasked.FOLLOW
    assert _response(_asking(), running=True) is Unasked.FOLLOW


def _asks(kind: QuestionKind) -> Question:
    return Question(kind=kind, attempt=1, message="?", asked_time=NOON)


@pytest.mark.parametrize("policy", ["ASK", "CONTINUE", "STOP"])
@pytest.mark.parametrize(
    ("kind", "again"),
    [
        (QuestionKind.LAUNCH, QuestionKind.LAUNCH),
        (QuestionKind.HEALTH, QuestionKind.HEALTH),
        (QuestionKind.ACTION, QuestionKind.ACTION),
        (QuestionKind.FAULT, QuestionKind.FAULT),
        (QuestionKind.APPROVAL, QuestionKind.FAULT),
        (QuestionKind.STUCK, QuestionKind.FAULT),
    ],
)
def test_an_answer_that_could_not_be_carried_out_is_asked_for_again_whatever_the_plan_says(
    kind: QuestionKind, again: QuestionKind, policy: str
) -> None:
    asking = wave(on_failure=policy, question=_asks(kind))
    assert _response(asking, error=True, answered=True) is again
    closed = execution(cancelled_by="alice")
    assert _response(asking, closed, error=True, answered=True) is Unasked.END


@pytest.mark.parametrize("policy", ["ASK", "CONTINUE", "STOP"])
def test_an_answer_about_stuck_jobs_is_asked_for_again_while_they_run(policy: str) -> None:
    asking = wave(on_failure=policy, question=_asks(QuestionKind.STUCK))
    again = _response(asking, running=True, error=True, answered=True)
    assert again is QuestionKind.STUCK
    assert _response(asking, running=True, error=True) is Unasked.FOLLOW


@pytest.mark.parametrize("policy", ["ASK", "CONTINUE", "STOP"])
def test_nobody_is_asked_about_a_wave_that_a_person_skipped(policy: str) -> None:
    skipped = wave(on_failure=policy, skipped_by="alice")
    assert _response(skipped, error=True) is Unasked.END


def test_a_wave_that_could_not_wait_for_an_answer_ends() -> None:
    asking = _asking(question=_asks(QuestionKind.LAUNCH))
    assert _response(asking, error=True) is Unasked.END


@pytest.mark.parametrize("kind", [QuestionKind.APPROVAL, QuestionKind.STUCK])
def test_a_step_that_fails_beside_a_question_is_asked_about_instead(kind: QuestionKind) -> None:
    assert _response(_asking(question=_asks(kind)), error=True) is QuestionKind.FAULT


def test_nobody_is_asked_again_about_jobs_that_a_person_goes_on_without() -> None:
    assert _response(_asking(skipped_by="alice"), running=True, late=True) is Unasked.FOLLOW


@pytest.mark.parametrize("policy", ["ASK", "CONTINUE", "STOP"])
@pytest.mark.parametrize("run", [execution(), execution(cancelled_by="alice")])
def test_jobs_that_run_at_the_deadline_are_a_question_whatever_else_holds(
    policy: str, run: Execution
) -> None:
    stuck = wave(on_failure=policy)
    assert _response(stuck, run, running=True, late=True) is QuestionKind.STUCK


def test_a_wait_moves_the_deadline() -> None:
    waited = _asking(phase_time=NOON + timedelta(minutes=5))
    assert _response(waited, running=True, late=True) is Unasked.FOLLOW


def test_a_wave_that_a_person_gave_up_ends_whatever_runs() -> None:
    given_up = _asking(aborted_by="alice")
    assert _response(given_up, running=True, late=True) is Unasked.END


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_close_of_the_execution_answers_every_question_but_that_of_running_jobs(
    kind: QuestionKind,
) -> None:
    question = Question(kind=kind, attempt=1, message="?", asked_time=NOON)
    assert not may_close(question, execution())
    closes = may_close(question, execution(cancelled_by="alice"))
    assert closes == (kind is not QuestionKind.STUCK)


def test_a_running_job_can_be_waited_for_or_given_up_but_not_repeated() -> None:
    question = Question(kind=QuestionKind.STUCK, attempt=1, message="?", asked_time=NOON)
    assert set(question.choices) == {Choice.WAIT, Choice.SKIP, Choice.ABORT}
