"""Launch results of DRS accelerate; with all of them lost, doubled or late nothing else changes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from local.deployment import Json
from local.functions import Invocation
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Laptop,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    servers_launched_twice,
    wave,
)
from tests.workflow.reconciling import invoke, launching


def two_waves() -> Json:
    return plan("shop", wave("first", servers(0, 2)), wave("second", servers(2, 1), "first"))


def result_of(job_id: str) -> Json:
    """Return the event of a launch."""
    return {
        "source": "aws.drs",
        "detail-type": "DRS Source Server Launch Result",
        "account": ACCOUNT,
        "region": REGION,
        "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": job_id, "is-drill": "TRUE"},
    }


def is_check_of_first(invocation: Invocation) -> bool:
    handler = invocation.function.handler
    return handler.endswith("check_recovery.handler") and invocation.event["wave"] == "first"


def test_a_dependent_starts_before_the_next_check_of_the_wave_it_waited_for(
    tmp_path: Path,
) -> None:
    second_started = threading.Event()
    waited: list[bool] = []

    def check_late(invocation: Invocation) -> Json:
        """The first wave's check comes only after the second has been launched."""
        if invocation.function.handler.endswith("start_recovery.handler"):
            answer = invocation.proceed()
            if invocation.event["wave"] == "second":
                second_started.set()
            return answer
        if is_check_of_first(invocation):
            waited.append(second_started.wait(timeout=60))
        return invocation.proceed()

    with laptop(tmp_path, fleet(3), check_late) as running:
        ended = running.run(running.apply(two_waves()))
        jobs = running.launches()

    assert waited
    assert all(waited)
    assert ended["status"] == "COMPLETED"
    assert [len(job.server_ids) for job in jobs] == [2, 1]
    assert servers_launched_twice(jobs) == []


def test_with_every_event_lost_the_checks_finish_the_run(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.drs_events.faults.lost_share = 1.0
        ended = running.run(running.apply(two_waves()))
        jobs = running.launches()
        heard = running.drs_events.deliveries

    assert heard == []
    assert ended["status"] == "COMPLETED"
    assert len(jobs) == 2


@pytest.mark.parametrize("extra_delay_seconds", [0, 600])
def test_events_that_come_twice_or_late_change_nothing(
    tmp_path: Path, extra_delay_seconds: float
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.drs_events.faults.duplicated_share = 1.0
        running.drs_events.faults.extra_delay_seconds = extra_delay_seconds
        ended = running.run(running.apply(two_waves()))
        jobs = running.launches()

    assert ended["status"] == "COMPLETED"
    assert len(jobs) == 2
    assert servers_launched_twice(jobs) == []


def test_an_event_and_a_check_at_the_same_moment_end_the_wave_once(tmp_path: Path) -> None:
    laptops: list[Laptop] = []

    def check_beside_an_event(invocation: Invocation) -> Json:
        if not is_check_of_first(invocation):
            return invocation.proceed()
        (running,) = laptops
        jobs = running.launches()
        heard = threading.Thread(
            target=lambda: invoke(running, "LaunchResultFunction", result_of(jobs[0].job_id))
        )
        heard.start()
        try:
            return invocation.proceed()
        finally:
            heard.join()

    with laptop(tmp_path, fleet(3), check_beside_an_event) as running:
        laptops.append(running)
        running.drs_events.faults.lost_share = 1.0
        ended = running.run(running.apply(two_waves()))
        jobs = running.launches()

    assert ended["status"] == "COMPLETED"
    assert [s["verdict"] for s in ended["servers"]] == ["LAUNCHED"] * 3
    assert len(jobs) == 2
    assert servers_launched_twice(jobs) == []


def test_events_of_others_and_events_that_are_none_are_ignored(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        id_ = running.start(running.apply(plan("shop", wave("only", servers(0, 1)))))
        launching(running, id_)
        foreign = running.client("drs").start_recovery(
            sourceServers=[{"sourceServerID": server_id(1)}], isDrill=True
        )["job"]["jobID"]
        elsewhere = {**result_of(foreign), "account": "999988887777"}
        strange: list[Json] = [{}, {"detail": {}}, {"detail": "job"}, result_of("drsjob-unknown")]
        for event in (result_of(foreign), elsewhere, *strange):
            invoke(running, "LaunchResultFunction", event)
        for event in ({}, {"detail": {"status": "SUPERSEDED"}}):
            invoke(running, "ExecutionStatusChangedFunction", event)
            invoke(running, "drs-orchestrator-reconcile-execution", event)
        ended = running.ended(id_)

    assert ended["status"] == "COMPLETED"
    assert ended["orphanJobs"] == []
