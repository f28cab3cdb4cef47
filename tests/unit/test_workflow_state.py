"""When an execution has lost its workflow, and what that makes of its record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.domain.execution import ExecutionStatus
from drs_orchestrator.domain.wave import WaveStatus
from drs_orchestrator.domain.workflow_state import (
    LONGEST_STEP,
    WorkflowState,
    WorkflowStatus,
    has_died,
    judge_dead,
    verdict_if_unstarted,
)
from tests.unit.executions import NOON, execution, wave

ENDS = [WorkflowStatus.FAILED, WorkflowStatus.TIMED_OUT, WorkflowStatus.ABORTED]
SECOND = timedelta(seconds=1)


def state(status: str, **values: str) -> WorkflowState:
    return WorkflowState(status=WorkflowStatus(status), **values)


@pytest.mark.parametrize("status", [*ENDS, WorkflowStatus.SUCCEEDED])
def test_an_execution_without_a_verdict_has_died_with_its_workflow(status: str) -> None:
    assert has_died(execution(), state(status), NOON)


def test_a_workflow_that_runs_is_alive_whatever_the_header_says() -> None:
    for status in ("PENDING", "RUNNING", "CANCELLING"):
        assert not has_died(execution(status=status), state("RUNNING"), NOON)


def test_a_verdict_stands_however_the_workflow_ended() -> None:
    assert not has_died(execution(status="PARTIAL"), state("ABORTED"), NOON)


def test_whoever_writes_verdicts_is_left_the_time_for_it() -> None:
    finishing = execution(finishing_time=NOON)
    assert not has_died(finishing, state("ABORTED"), NOON + LONGEST_STEP - SECOND)
    assert has_died(finishing, state("ABORTED"), NOON + LONGEST_STEP)


def test_absence_is_believed_after_a_quarter_of_an_hour() -> None:
    begun = execution(status="PENDING")
    assert not has_died(begun, state("ABSENT"), NOON + timedelta(minutes=3) - SECOND)
    assert has_died(begun, state("ABSENT"), NOON + timedelta(minutes=3))


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("ABORTED", "CANCELLED", "stopped by hand in Step Functions (Oops: ada)"),
        ("TIMED_OUT", "TIMED_OUT", "timed out in Step Functions (Oops: ada)"),
        ("FAILED", "FAILED", "failed in Step Functions (Oops: ada)"),
    ],
)
def test_the_verdict_is_what_step_functions_says(status: str, verdict: str, reason: str) -> None:
    waves = [wave(status="COMPLETED")]
    ended = judge_dead(execution(), waves, state(status, error="Oops", cause="ada"))
    assert ended == (ExecutionStatus(verdict), reason)


def test_a_workflow_that_was_never_started_has_failed() -> None:
    status, reason = judge_dead(execution(status="PENDING"), [], state("ABSENT"))
    assert status is ExecutionStatus.FAILED
    assert reason == "never started: Step Functions does not know it"


def test_a_workflow_that_succeeded_without_a_verdict_is_judged_by_its_waves() -> None:
    waves = [wave(status="COMPLETED"), wave("db", status="FAILED", reason="1 server")]
    status, _ = judge_dead(execution(), waves, state("SUCCEEDED"))
    assert status is ExecutionStatus.PARTIAL


@pytest.mark.parametrize("status", ENDS)
def test_a_cancelled_execution_stays_cancelled(status: str) -> None:
    ended, reason = judge_dead(execution(cancelled_by="ada"), [], state(status))
    assert ended is ExecutionStatus.CANCELLED
    assert reason is not None
    assert reason.startswith("cancelled by ada, then ")


def test_a_wave_that_had_launched_nothing_is_cancelled_only_by_hand() -> None:
    assert verdict_if_unstarted(state("ABORTED")) is WaveStatus.CANCELLED
    assert verdict_if_unstarted(state("FAILED")) is WaveStatus.FAILED
