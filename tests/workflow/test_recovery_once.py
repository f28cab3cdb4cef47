"""Exactly one launch per attempt, whatever gets lost, crashes or comes late."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.deployment import Json
from local.drs import CallFault, CallFaultKind, Faults
from local.functions import Invocation, InvocationRefused
from tests.workflow.crashes import Crash
from tests.workflow.laptop import fleet, laptop, plan, servers, wave

UNCLEAR = [
    CallFaultKind.LOST_ANSWER,
    CallFaultKind.LOST_REQUEST,
    CallFaultKind.SERVER_ERROR,
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT,
    CallFaultKind.CONFLICT,
    CallFaultKind.THROTTLE,
]


@pytest.mark.parametrize("visibility_lag_seconds", [0, 110])
@pytest.mark.parametrize("kind", UNCLEAR)
def test_a_launch_with_an_unclear_answer_happens_exactly_once(
    tmp_path: Path, kind: CallFaultKind, visibility_lag_seconds: int
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(kind, "StartRecovery", times=1)],
            job_visibility_lag_seconds=visibility_lag_seconds,
        )
        execution = running.run(running.apply(plan("once", wave("only", servers(0, 2)))))
        jobs = running.launches()

    assert execution["status"] == "COMPLETED"
    assert len(jobs) == 1
    assert execution["waves"][0]["jobs"] == [
        {"jobId": jobs[0].job_id, "servers": sorted(jobs[0].server_ids)}
    ]


STEPS = [
    "prepare_execution",
    "wait_for_clearance",
    "start_recovery",
    "check_recovery",
    "complete_wave",
    "finish_execution",
]


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_crash_of_every_step_is_survived_without_a_second_launch(
    tmp_path: Path, after_effect: bool
) -> None:
    crash = Crash(*STEPS, after_effect=after_effect)
    with laptop(tmp_path, fleet(4), crash) as running:
        execution = running.run(
            running.apply(
                plan("crash", wave("first", servers(0, 2)), wave("second", servers(2, 2), "first"))
            )
        )
        jobs = running.launches()

    assert set(crash.crashed) == set(STEPS)
    assert execution["status"] == "COMPLETED"
    assert len(jobs) == 2


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_crash_while_a_failure_is_recorded_is_survived(
    tmp_path: Path, after_effect: bool
) -> None:
    crash = Crash("record_failure", after_effect=after_effect)
    with laptop(tmp_path, fleet(2), crash) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(CallFaultKind.ACCESS_DENIED, "StartRecovery")]
        )
        execution = running.run(
            running.apply(
                plan("crash", wave("first", servers(0, 1)), wave("second", servers(1, 1), "first"))
            )
        )

    assert crash.crashed == ["record_failure"]
    assert execution["status"] == "FAILED"
    assert "AccessDeniedException" in execution["reason"]
    assert [each["status"] for each in execution["waves"]] == ["FAILED", "SKIPPED"]


def test_throttled_lambda_calls_only_delay_the_recovery(tmp_path: Path) -> None:
    refusals = iter(range(12))

    def throttle(invocation: Invocation) -> Json:
        if next(refusals, None) is not None:
            raise InvocationRefused
        return invocation.proceed()

    with laptop(tmp_path, fleet(2), throttle) as running:
        execution = running.run(running.apply(plan("throttle", wave("only", servers(0, 2)))))
        jobs = running.launches()

    assert execution["status"] == "COMPLETED"
    assert len(jobs) == 1


@pytest.mark.parametrize("operation", ["DescribeJobs", "DescribeRecoveryInstances"])
def test_drs_reads_that_fail_for_minutes_only_delay_the_recovery(
    tmp_path: Path, operation: str
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(CallFaultKind.THROTTLE, operation, seconds=300)]
        )
        execution = running.run(running.apply(plan("reads", wave("only", servers(0, 2)))))
        jobs = running.launches()

    assert execution["status"] == "COMPLETED"
    assert len(jobs) == 1


def test_a_refused_launch_fails_its_servers_with_the_words_of_drs(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(CallFaultKind.ACCESS_DENIED, "StartRecovery")]
        )
        execution = running.run(running.apply(plan("denied", wave("only", servers(0, 1)))))
        calls = running.outcomes("StartRecovery")

    assert execution["status"] == "FAILED"
    assert calls == ["AccessDeniedException"]
    assert "AccessDeniedException" in execution["servers"][0]["reason"]
