"""Record, workflow and DRS agree again, whatever was stopped, died or got lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from local.deployment import Json
from local.drs import CallFault, CallFaultKind, Faults, ServerFault, ServerFaultKind
from local.functions import Invocation, InvocationRefused
from local.ssm import read_documents
from tests.workflow.engine_world import until
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    verdicts,
    wave,
)
from tests.workflow.lossy_workflow import PassOn, lossy_workflow
from tests.workflow.reconciling import (
    begin_but_never_start,
    grants,
    invoke,
    is_watched,
    launching,
    reconcile,
    records,
    stop,
    until_retired,
)


def held_up(number: int) -> Faults:
    fault = ServerFault(server_id(number), ServerFaultKind.STUCK, attempts=(1,), seconds=1200)
    return Faults(servers=[fault])


def two_waves() -> Json:
    return plan("shop", wave("first", servers(0, 2)), wave("second", servers(2, 1), "first"))


def test_an_execution_stopped_by_hand_is_recorded_and_its_job_followed_to_its_end(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = held_up(0)
        plan_id = running.apply(two_waves())
        id_ = running.start(plan_id)
        launching(running, id_)
        stopped_at = stop(running, id_)
        recorded = running.ended(id_)
        refused = running.run(plan_id)
        (job,) = running.launches()
        still_ran = job.ended_at is None
        followed = running.until(id_, lambda e: all(s["verdict"] for s in e["servers"]))
        until_retired(running, id_)
        granted = grants(running)
        again = running.run(plan_id)
        jobs = running.launches()

    assert recorded["status"] == "CANCELLED"
    assert recorded["reason"] == "stopped by hand in Step Functions (Wrong plan: ada)"
    assert datetime.fromisoformat(recorded["endTime"]) - stopped_at < timedelta(minutes=5)
    assert verdicts(recorded) == {"first": "FAILED", "second": "CANCELLED"}
    assert job.job_id in recorded["waves"][0]["reason"]
    assert still_ran
    assert "ServersLocked" in refused["reason"]
    found = {s["sourceServerId"]: s["verdict"] for s in followed["servers"]}
    assert found == {server_id(0): "LAUNCHED", server_id(1): "LAUNCHED", server_id(2): "SKIPPED"}
    assert job.job_id not in followed["waves"][0]["reason"]
    assert granted == []
    assert again["status"] == "COMPLETED"
    assert len(jobs) == 3


def test_an_execution_stopped_before_its_launch_frees_its_servers_at_once(tmp_path: Path) -> None:
    group, gated = wave("only", servers(0, 2))
    document = plan("shop", (group, {**gated, "approval": {"message": "Ready?"}}))
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(document)
        id_ = running.start(plan_id)
        asked(running, id_, "only")
        stop(running, id_)
        stopped = running.ended(id_)
        second = running.start(plan_id)
        asked(running, second, "only")
        decide(running, second, "only", "APPROVE", attempt=0)
        again = running.ended(second)

    assert (stopped["status"], again["status"]) == ("CANCELLED", "COMPLETED")
    assert verdicts(stopped) == {"only": "CANCELLED"}


def test_an_automation_of_an_execution_stopped_by_hand_is_stopped(tmp_path: Path) -> None:
    group, spec = wave("only", servers(0, 1))
    action = {"name": "drain", "type": "ssm", "documentName": "Drain", "timeoutSeconds": 80_000}
    with laptop(tmp_path, fleet(1)) as running:
        running.ssm.documents = read_documents({"Drain": {"seconds": 70_000}})
        id_ = running.start(running.apply(plan("shop", (group, {**spec, "preActions": [action]}))))
        running.until(id_, lambda e: any(a["runId"] for w in e["waves"] for a in w["actions"]))
        stop(running, id_)
        stopped = running.ended(id_)
        ended = running.until(
            id_, lambda e: e["waves"][0]["actions"][0]["status"] not in {"PENDING", "RUNNING"}
        )
        client = running.client("ssm")
        run_id = ended["waves"][0]["actions"][0]["runId"]
        truth = client.get_automation_execution(AutomationExecutionId=run_id)

    assert stopped["status"] == "CANCELLED"
    assert truth["AutomationExecution"]["AutomationExecutionStatus"] == "Cancelled"


def test_with_every_event_lost_the_schedule_notices_within_five_minutes(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2), speed=120) as running:
        running.event_bus.faults.lost_share = 1.0
        running.simulator.faults = held_up(0)
        id_ = running.start(running.apply(plan("shop", wave("only", servers(0, 2)))))
        launching(running, id_)
        stopped_at = stop(running, id_)
        recorded = running.ended(id_)

    assert recorded["status"] == "CANCELLED"
    assert datetime.fromisoformat(recorded["endTime"]) - stopped_at < timedelta(minutes=5)


def test_a_header_whose_workflow_was_never_started_fails(tmp_path: Path) -> None:
    """The front door died between header and start."""
    with laptop(tmp_path, fleet(1)) as running:
        began = running.clock.now()
        header = Execution(
            execution_id="drill-lost",
            plan_id="plan_a",
            execution_type=ExecutionType.DRILL,
            status=ExecutionStatus.PENDING,
            start_time=began,
        )
        begin_but_never_start(running, header)
        ended = running.ended("drill-lost")
        until_retired(running, "drill-lost")

    assert ended["status"] == "FAILED"
    assert "never started" in ended["reason"]
    assert datetime.fromisoformat(ended["endTime"]) >= began + timedelta(minutes=3)


@pytest.mark.parametrize("lost", [CallFaultKind.LOST_ANSWER, CallFaultKind.LOST_REQUEST])
def test_a_launch_without_an_answer_is_adopted_or_abandoned_but_never_sent_again(
    tmp_path: Path, lost: CallFaultKind
) -> None:
    stopped: list[str] = []

    def no_checks(invocation: Invocation) -> Json:
        if invocation.function.handler.endswith("check_recovery.handler") and not stopped:
            raise InvocationRefused
        return invocation.proceed()

    with laptop(tmp_path, fleet(2), no_checks) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(lost, "StartRecovery", times=1)], job_visibility_lag_seconds=110
        )
        plan_id = running.apply(plan("shop", wave("only", servers(0, 2))))
        id_ = running.start(plan_id)
        until(lambda: bool(running.outcomes("StartRecovery")))
        running.until(id_, lambda e: e["waves"][0]["reason"] is not None)
        stop(running, id_)
        stopped.append(id_)
        followed = running.until(id_, lambda e: all(s["verdict"] for s in e["servers"]))
        until_retired(running, id_)
        sent, granted = running.outcomes("StartRecovery"), grants(running)
        jobs = running.launches()
        again = running.run(plan_id)

    adopted = lost is CallFaultKind.LOST_ANSWER
    assert followed["status"] == "CANCELLED"
    assert {s["verdict"] for s in followed["servers"]} == {"LAUNCHED" if adopted else "SKIPPED"}
    assert (len(sent), len(jobs)) == (1, 1 if adopted else 0)
    assert granted == []
    assert again["status"] == "COMPLETED"


def test_a_job_with_our_tags_that_no_launch_knows_is_reported_and_left_alone(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = held_up(0)
        id_ = running.start(running.apply(plan("shop", wave("only", servers(0, 2)))))
        launching(running, id_)
        answer = running.client("drs").start_recovery(
            sourceServers=[{"sourceServerID": server_id(2)}],
            isDrill=True,
            tags={"drsorc:execution": id_, "drsorc:wave": "only"},
        )
        reported = running.until(id_, lambda e: e["orphanJobs"])
        ended = running.ended(id_)
        live = running.live_instances()

    assert reported["orphanJobs"] == [answer["job"]["jobID"]]
    assert (ended["status"], ended["orphanJobs"]) == ("COMPLETED", reported["orphanJobs"])
    assert len(live) == 3


def test_a_wave_whose_own_workflow_dies_fails_and_its_dependents_wait_no_more(
    tmp_path: Path,
) -> None:
    """On AWS a wave is an execution of its own; here its event has to be told."""
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = held_up(0)
        id_ = running.start(running.apply(two_waves()))
        execution = launching(running, id_)
        detail = {
            "executionArn": execution["executionArn"].replace(f":{id_}", "/Recover_waves:8f3"),
            "name": "8f3",
            "status": "FAILED",
            "input": json.dumps({"executionId": id_, "wave": "first", "step": {}}),
            "error": "States.Runtime",
            "cause": "25,000 events",
        }
        invoke(running, "ExecutionStatusChangedFunction", {"detail": detail})
        died = running.read(id_)
        ended = running.ended(id_)
        jobs = running.launches()

    first = died["waves"][0]
    assert first["status"] == "FAILED"
    assert "failed in Step Functions (States.Runtime: 25,000 events)" in first["reason"]
    assert jobs[0].job_id in first["reason"]
    assert verdicts(ended) == {"first": "FAILED", "second": "SKIPPED"}
    assert ended["status"] == "FAILED"
    assert len(jobs) == 1


def test_a_bell_that_was_lost_is_rung_again_long_before_its_rest_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf: list[bool] = []

    def treat(operation: str, pass_on: PassOn) -> httpx.Response:
        unheard = operation == "SendTaskSuccess" and deaf
        return httpx.Response(200, json={}) if unheard else pass_on()

    def complete_unheard(invocation: Invocation) -> Json:
        if not invocation.function.handler.endswith("complete_wave.handler"):
            return invocation.proceed()
        deaf.append(True)
        try:
            return invocation.proceed()
        finally:
            deaf.clear()

    with laptop(tmp_path, fleet(3), complete_unheard) as running:
        running.drs_events.faults.lost_share = 1.0
        url = running.step_functions.meta.endpoint_url
        with lossy_workflow(url, treat) as proxy:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", proxy)
            ended = running.run(running.apply(two_waves()))

    first, second = ended["waves"]
    rest = datetime.fromisoformat(second["startTime"]) - datetime.fromisoformat(first["endTime"])
    assert ended["status"] == "COMPLETED"
    assert rest < timedelta(minutes=15)


def test_looking_at_what_is_well_changes_nothing(tmp_path: Path) -> None:
    group, second = wave("second", servers(2, 1), "first")
    document = plan(
        "shop",
        wave("first", servers(0, 2)),
        (group, {**second, "approval": {"message": "Ready?"}}),
    )
    with laptop(tmp_path, fleet(3)) as running:
        id_ = running.start(running.apply(document))
        asked(running, id_, "second")
        at_rest = stored(running, id_)
        reconcile(running, id_)
        looked_at = stored(running, id_)
        decide(running, id_, "second", "APPROVE", attempt=0)
        ended = running.ended(id_)
        until_retired(running, id_)
        before = stored(running, id_)
        reconcile(running, id_)
        reconcile(running, id_)
        after = stored(running, id_)
        jobs = running.launches()

    assert looked_at == at_rest
    assert after == before
    assert ended["status"] == "COMPLETED"
    assert len(jobs) == 2


def stored(running: Laptop, execution_id: str) -> list[dict[str, object]]:
    """Return what the tables hold of the execution, but for the bell that its wave hung anew."""
    items = records(running, f"EXEC#{execution_id}")
    return [{k: v for k, v in item.items() if k != "bell"} for item in items]


def test_a_schedule_looks_after_an_execution_as_long_as_it_lives(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        idle = running.scheduler.truth(ACCOUNT, REGION)
        id_ = running.start(running.apply(plan("shop", wave("only", servers(0, 2)))))
        launching(running, id_)
        watched = is_watched(running, id_)
        ended = running.ended(id_)
        until_retired(running, id_)
        asks = len(running.simulator.calls)
        left = running.scheduler.truth(ACCOUNT, REGION)
        at = running.clock.now()
        until(lambda: running.clock.now() > at + timedelta(minutes=10))
        asked_later = len(running.simulator.calls)

    assert ended["status"] == "COMPLETED"
    assert watched
    assert idle == left == {}
    assert asked_later == asks


def test_a_scheduler_that_fails_stops_no_recovery(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.scheduler.faults.calls.append(
            CallFault(CallFaultKind.ACCESS_DENIED, "CreateSchedule")
        )
        ended = running.run(running.apply(plan("shop", wave("only", servers(0, 1)))))

    assert ended["status"] == "COMPLETED"
    assert "CreateSchedule" in ended["reconcilerProblem"]
