"""The verdict over an execution, from the verdicts of its waves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.execution import ExecutionStatus, judge_execution
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from tests.unit.executions import NOON, execution, wave
from tests.unit.unhurried import UNHURRIED

_FINAL = [status for status in WaveStatus if status.is_final]


def _waves(*statuses: str) -> list[WaveRecord]:
    return [
        wave(f"w{number}", status=status, reason=f"reason {number}")
        for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "verdict", "reason"),
    [
        (["COMPLETED"], "COMPLETED", None),
        (["COMPLETED", "COMPLETED"], "COMPLETED", None),
        (["COMPLETED", "PARTIAL"], "PARTIAL", "wave 'w1' PARTIAL: reason 1"),
        (["PARTIAL"], "PARTIAL", "wave 'w0' PARTIAL: reason 0"),
        (["COMPLETED", "FAILED"], "PARTIAL", "wave 'w1' FAILED: reason 1"),
        (["COMPLETED", "SKIPPED"], "PARTIAL", "wave 'w1' SKIPPED: reason 1"),
        (["SKIPPED", "FAILED"], "FAILED", "wave 'w1' FAILED: reason 1"),
        (["SKIPPED", "SKIPPED"], "FAILED", "wave 'w0' SKIPPED: reason 0"),
        (["CANCELLED"], "FAILED", "wave 'w0' CANCELLED: reason 0"),
        ([], "FAILED", "no wave was run"),
    ],
)
def test_the_verdict_and_its_reason(statuses: list[str], verdict: str, reason: str | None) -> None:
    assert judge_execution(execution(), _waves(*statuses)) == (ExecutionStatus(verdict), reason)


@UNHURRIED
@given(st.lists(st.sampled_from(_FINAL), max_size=6))
def test_completed_means_every_wave_and_failed_means_that_none_came_up(
    statuses: list[WaveStatus],
) -> None:
    verdict, reason = judge_execution(execution(), _waves(*statuses))
    all_completed = set(statuses) == {WaveStatus.COMPLETED}
    assert (verdict is ExecutionStatus.COMPLETED) == all_completed
    assert (verdict is ExecutionStatus.FAILED) == (not any(s.came_up for s in statuses))
    assert verdict.is_final
    assert (reason is None) == all_completed


def test_the_workflow_succeeds_with_what_came_up() -> None:
    succeeded = {status for status in ExecutionStatus if status.succeeded}
    assert succeeded == {ExecutionStatus.COMPLETED, ExecutionStatus.PARTIAL}
    live = {status for status in ExecutionStatus if not status.is_final}
    assert live == {"PENDING", "RUNNING", "PAUSED", "AWAITING_DECISION", "CANCELLING"}


@UNHURRIED
@given(st.lists(st.sampled_from(_FINAL), max_size=6))
def test_a_cancelled_execution_is_cancelled_whatever_came_up(statuses: list[WaveStatus]) -> None:
    verdict = judge_execution(execution(cancelled_by="alice"), _waves(*statuses))
    assert verdict == (ExecutionStatus.CANCELLED, "cancelled by alice")


@UNHURRIED
@given(st.lists(st.sampled_from(_FINAL), max_size=6))
def test_an_execution_past_its_deadline_timed_out_unless_everything_came_up(
    statuses: list[WaveStatus],
) -> None:
    verdict, _ = judge_execution(execution(overran_time=NOON), _waves(*statuses))
    all_completed = set(statuses) == {WaveStatus.COMPLETED}
    assert verdict == ("COMPLETED" if all_completed else "TIMED_OUT")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, "RUNNING"),
        ({"paused_by": "alice"}, "PAUSED"),
        ({"cancelled_by": "bob"}, "CANCELLING"),
        ({"paused_by": "alice", "cancelled_by": "bob"}, "CANCELLING"),
        ({"finishing_time": NOON}, "RUNNING"),
        ({"awaiting": ["db"]}, "AWAITING_DECISION"),
        ({"awaiting": ["db"], "paused_by": "alice"}, "PAUSED"),
        ({"awaiting": ["db"], "cancelled_by": "bob"}, "CANCELLING"),
        ({"status": "PENDING"}, "PENDING"),
        ({"status": "COMPLETED", "paused_by": "alice"}, "COMPLETED"),
        ({"status": "CANCELLED", "paused_by": "alice", "cancelled_by": "bob"}, "CANCELLED"),
    ],
)
def test_people_see_what_they_asked_for_until_the_execution_has_its_verdict(
    asked: dict[str, object], shown: str
) -> None:
    assert execution(**asked).shown_status == shown


def test_a_wave_satisfies_its_dependents_only_with_a_verdict() -> None:
    assert all(status.is_final for status in WaveStatus if status.came_up)
    assert {status for status in WaveStatus if not status.is_final} == {
        "PENDING",
        "HELD",
        "RUNNING",
        "VERIFYING",
        "AWAITING_DECISION",
    }


def test_is_drill_is_explicit_both_ways() -> None:
    assert ExecutionType.DRILL.is_drill is True
    assert ExecutionType.RECOVERY.is_drill is False
