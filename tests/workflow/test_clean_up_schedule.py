"""A drill whose plan says so is cleaned up by itself, as long after its end as the plan says."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from local.drs import CallFault, CallFaultKind
from tests.workflow.drill_clean_up import clean_up, ended, live_servers, terminations
from tests.workflow.engine_world import until
from tests.workflow.laptop import ACCOUNT, REGION, fleet, laptop, plan, servers, wave
from tests.workflow.reconciling import until_retired


def test_a_drill_is_cleaned_up_by_its_schedule(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        document = {**plan("shop", wave("only", servers(0, 2))), "cleanUpAfterMinutes": 60}
        plan_id = running.apply(document)
        drill = running.run(plan_id)
        cleaned = ended(running, drill["executionId"])
        drill = running.read(drill["executionId"])
        (job,) = terminations(running)
        live = live_servers(running)
        until_retired(running, drill["executionId"])
        schedules = {*running.scheduler.truth(ACCOUNT, REGION)}
        until(lambda: not running.scheduler.truth(ACCOUNT, REGION))
        looked_at = running.read(drill["executionId"])["cleanUp"]
        recovery = running.run(plan_id, "RECOVERY")

    due = datetime.fromisoformat(drill["cleanUpTime"])
    assert due == datetime.fromisoformat(drill["endTime"]) + timedelta(minutes=60)
    assert (cleaned["status"], cleaned["requestedBy"]) == ("COMPLETED", "schedule")
    assert due <= job.created_at <= due + timedelta(minutes=5)
    assert live == {}
    # It may not have looked yet whether the clean-up has begun.
    assert schedules <= {f"look-{drill['executionId']}"}
    assert looked_at == cleaned
    assert recovery["cleanUpTime"] is None


def test_a_scheduler_that_fails_fails_no_drill(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.scheduler.faults.calls.append(
            CallFault(CallFaultKind.ACCESS_DENIED, "CreateSchedule")
        )
        document = {**plan("shop", wave("only", servers(0, 1))), "cleanUpAfterMinutes": 60}
        drill = running.run(running.apply(document))
        drill = running.until(drill["executionId"], lambda e: e["cleanUpProblem"])
        cleaned = clean_up(running, drill["executionId"])

    assert drill["status"] == "COMPLETED"
    assert drill["cleanUpTime"] is None
    assert "CreateSchedule" in drill["cleanUpProblem"]
    assert cleaned["status"] == "COMPLETED"
