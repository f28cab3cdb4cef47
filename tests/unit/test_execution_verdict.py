"""The verdict over an execution, from the verdicts of its waves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.execution import ExecutionStatus, ExecutionType, judge_execution
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from tests.unit.executions import wave
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
    assert judge_execution(_waves(*statuses)) == (ExecutionStatus(verdict), reason)


@UNHURRIED
@given(st.lists(st.sampled_from(_FINAL), max_size=6))
def test_completed_means_every_wave_and_failed_means_that_none_came_up(
    statuses: list[WaveStatus],
) -> None:
    verdict, reason = judge_execution(_waves(*statuses))
    all_completed = set(statuses) == {WaveStatus.COMPLETED}
    assert (verdict is ExecutionStatus.COMPLETED) == all_completed
    assert (verdict is ExecutionStatus.FAILED) == (not any(s.came_up for s in statuses))
    assert verdict.is_final
    assert (reason is None) == all_completed


def test_the_workflow_succeeds_with_what_came_up() -> None:
    succeeded = {status for status in ExecutionStatus if status.succeeded}
    assert succeeded == {ExecutionStatus.COMPLETED, ExecutionStatus.PARTIAL}
    assert {s for s in ExecutionStatus if not s.is_final} == {"PENDING", "RUNNING"}


def test_a_wave_satisfies_its_dependents_only_with_a_verdict() -> None:
    assert all(status.is_final for status in WaveStatus if status.came_up)
    assert {status for status in WaveStatus if not status.is_final} == {
        "PENDING",
        "HELD",
        "RUNNING",
    }


def test_is_drill_is_explicit_both_ways() -> None:
    assert ExecutionType.DRILL.is_drill is True
    assert ExecutionType.RECOVERY.is_drill is False
