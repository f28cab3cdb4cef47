"""Services that fail for a while delay an execution and say so; they do not fail it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from local.deployment import Json
from local.drs import CallFault, CallFaultKind, Faults, Phase, ServerFault, ServerFaultKind
from local.functions import Invocation
from tests.workflow.laptop import (
    ACCOUNT,
    FINAL,
    REGION,
    Laptop,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    servers_launched_twice,
    verdicts,
    wave,
)

HOUR_SECONDS = 3600


def is_step(invocation: Invocation, name: str) -> bool:
    """Whether the invocation is one of this step."""
    return invocation.function.handler.endswith(f".{name}.handler")


def stuck(number: int, seconds: float) -> ServerFault:
    """Return a fault that makes the job of a server take so much longer."""
    return ServerFault(
        server_id(number), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=seconds
    )


def begin_with_failing_reads(running: Laptop, kind: CallFaultKind, seconds: float) -> str:
    """Start a chain whose DescribeJobs fails for so long, beginning during the first job."""
    running.simulator.faults = Faults(servers=[stuck(0, HOUR_SECONDS / 2)])
    plan_id = running.apply(
        plan("shop", wave("first", servers(0, 2)), wave("second", servers(2, 1), "first"))
    )
    execution_id = running.start(plan_id, "RECOVERY")
    running.until(execution_id, lambda e: bool(e["waves"]) and bool(e["waves"][0]["jobs"]))
    running.simulator.faults.calls.append(CallFault(kind, "DescribeJobs", seconds=seconds))
    return execution_id


@pytest.mark.parametrize("kind", [CallFaultKind.ACCESS_DENIED, CallFaultKind.SERVER_ERROR])
def test_an_hour_of_failing_reads_during_a_job_delays_its_wave_and_fails_nothing(
    tmp_path: Path, kind: CallFaultKind
) -> None:
    with laptop(tmp_path, fleet(3), speed=1200) as running:
        execution = running.ended(begin_with_failing_reads(running, kind, HOUR_SECONDS))
        first, second = running.launches()
        live = {each.source_server_id: each.is_drill for each in running.live_instances()}

    assert execution["status"] == "COMPLETED"
    assert [each["reason"] for each in execution["waves"]] == [None, None]
    assert live == dict.fromkeys(servers(0, 3), False)
    assert second.created_at - first.created_at >= timedelta(seconds=HOUR_SECONDS)


def test_a_wave_whose_jobs_cannot_be_read_names_the_reason_and_goes_on_running(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        execution_id = begin_with_failing_reads(
            running, CallFaultKind.ACCESS_DENIED, HOUR_SECONDS / 2
        )
        meanwhile = running.until(
            execution_id, lambda e: "DescribeJobs" in (e["waves"][0]["reason"] or "")
        )
        execution = running.ended(execution_id)

    assert "AccessDeniedException" in meanwhile["waves"][0]["reason"]
    assert verdicts(meanwhile) == {"first": "RUNNING", "second": "HELD"}
    assert [each["reason"] for each in execution["waves"]] == [None, None]


def test_one_empty_answer_after_minutes_fails_nothing(tmp_path: Path) -> None:
    running: Laptop
    emptied: list[Json] = []

    def empty_once(invocation: Invocation) -> Json:
        jobs = running.launches() if is_step(invocation, "check_recovery") else []
        now = running.simulator.truth(ACCOUNT, REGION).at
        if emptied or not jobs or now < jobs[0].created_at + timedelta(minutes=5):
            return invocation.proceed()
        running.simulator.faults = Faults(job_visibility_lag_seconds=1e6)
        emptied.append(invocation.proceed())
        running.simulator.faults = Faults()
        return emptied[0]

    with laptop(tmp_path, fleet(1), empty_once) as running:
        execution = running.run(running.apply(plan("shop", wave("only", servers(0, 1)))))
        (job,) = running.launches()

    assert [answer["next"] for answer in emptied] == ["WAIT"]
    assert execution["status"] == "COMPLETED"
    assert job.ended_at is not None


def test_room_that_other_jobs_leave_reaches_the_queued_chunk_of_a_running_wave(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(170)) as running:
        foreign = range(150, 169)
        running.simulator.faults = Faults(
            servers=[*(stuck(n, 600) for n in foreign), *(stuck(n, 4 * HOUR_SECONDS) for n in (0,))]
        )
        for number in foreign:
            running.simulator.call(
                "StartRecovery",
                {"sourceServers": [{"sourceServerID": server_id(number)}], "isDrill": True},
                account_id=ACCOUNT,
                region=REGION,
            )
        execution_id = running.start(running.apply(plan("large", wave("only", servers(0, 150)))))
        running.until(execution_id, lambda e: bool(e["waves"]) and len(e["waves"][0]["jobs"]) == 2)
        *others, first, second = running.launches()

    assert sorted(len(job.server_ids) for job in (first, second)) == [75, 75]
    assert servers_launched_twice([first, second]) == []
    assert server_id(0) in first.server_ids
    assert first.ended_at is None
    ended = [job.ended_at for job in others if job.ended_at]
    assert second.created_at >= min(ended)


@pytest.mark.parametrize("trouble", ["DRS_READS", "CRASH_AFTER_EFFECT"])
def test_a_completed_wave_stops_nothing_when_the_ringing_of_its_dependents_fails(
    tmp_path: Path, trouble: str
) -> None:
    running: Laptop
    failed: list[str] = []

    def fail_once(invocation: Invocation) -> Json:
        first = is_step(invocation, "complete_wave") and invocation.event["wave"] == "first"
        if not first or failed:
            return invocation.proceed()
        failed.append(trouble)
        if trouble == "DRS_READS":
            denied = CallFault(CallFaultKind.ACCESS_DENIED, "DescribeJobs", times=1)
            running.simulator.faults.calls.append(denied)
            return invocation.proceed()
        invocation.proceed()
        raise OSError("the bell rope tore")

    with laptop(tmp_path, fleet(2), fail_once) as running:
        execution = running.run(
            running.apply(
                plan(
                    "shop",
                    wave("first", servers(0, 1), on_failure="STOP"),
                    wave("second", servers(1, 1), "first"),
                )
            )
        )
        launches = running.launches()

    assert failed == [trouble]
    assert execution["status"] == "COMPLETED"
    assert verdicts(execution) == {"first": "COMPLETED", "second": "COMPLETED"}
    assert len(launches) == 2


@pytest.mark.parametrize("from_the_start", [True, False])
def test_two_waves_end_though_drs_denied_its_jobs_for_a_while(
    tmp_path: Path, from_the_start: bool
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("shop", wave("a", servers(0, 1)), wave("b", servers(1, 1))))
        denied = CallFault(CallFaultKind.ACCESS_DENIED, "DescribeJobs")
        if from_the_start:
            running.simulator.faults.calls.append(denied)
        execution_id = running.start(plan_id)
        if not from_the_start:
            running.until(
                execution_id, lambda e: all(w["jobs"] for w in e["waves"] or [{"jobs": []}])
            )
            running.simulator.faults.calls.append(denied)
        meanwhile = running.until(
            execution_id,
            lambda e: (
                bool(e["waves"]) and all("DescribeJobs" in (w["reason"] or "") for w in e["waves"])
            ),
        )
        running.simulator.faults.calls.remove(denied)
        execution = running.ended(execution_id)
        workflow = running.workflow_status(execution)
        launches = running.launches()

    status = "HELD" if from_the_start else "RUNNING"
    assert verdicts(meanwhile) == {"a": status, "b": status}
    assert execution["status"] == "COMPLETED"
    assert workflow == "SUCCEEDED"
    assert len(launches) == 2


def test_a_wave_whose_reads_answer_500_names_the_reason(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3), speed=1200) as running:
        execution_id = begin_with_failing_reads(running, CallFaultKind.SERVER_ERROR, HOUR_SECONDS)
        meanwhile = running.until(
            execution_id,
            lambda e: e["status"] in FINAL or "DescribeJobs" in (e["waves"][0]["reason"] or ""),
        )

    assert "DescribeJobs" in (meanwhile["waves"][0]["reason"] or "")
