"""To a moment: each server gets its newest consistent snapshot not after it, or nothing starts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.drs import Faults, ServerFault, ServerFaultKind
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Json,
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    question_of,
    server_id,
    servers,
    wave,
)


def snapshots(running: Laptop, of_server: str) -> dict[str, datetime]:
    """Return the complete snapshots of a server as the simulator has them, by id."""
    answer = running.simulator.call(
        "DescribeRecoverySnapshots",
        {"sourceServerID": of_server},
        account_id=ACCOUNT,
        region=REGION,
    )
    return {
        each["snapshotID"]: datetime.fromisoformat(each["timestamp"])
        for each in answer["items"]
        if "timestamp" in each
    }


def launched_from(running: Laptop) -> dict[str, str | None]:
    """Return the snapshot that StartRecovery really named for each server."""
    launches: list[Any] = [
        launch
        for call in running.simulator.calls
        if call.operation == "StartRecovery"
        for launch in call.params["sourceServers"]
    ]
    return {each["sourceServerID"]: each.get("recoverySnapshotID") for each in launches}


def start(running: Laptop, plan_id: str, point_in_time: object) -> Json:
    """Start a drill of a moment and return it when it has ended."""
    answer = running.http.post(
        f"/recovery-plans/{plan_id}/execute",
        json={"executionType": "DRILL", "pointInTime": point_in_time},
    )
    assert answer.status_code == 202, answer.text
    return running.ended(answer.json()["executionId"])


def test_every_server_gets_its_newest_snapshot_not_after_the_moment(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 3))))
        known = {each: snapshots(running, each) for each in servers(0, 3)}
        moment = min(max(some.values()) for some in known.values()) - timedelta(hours=5)
        execution = start(running, plan_id, moment.isoformat())
        launched = launched_from(running)

    assert execution["status"] == "COMPLETED"
    for shown in execution["servers"]:
        older = {k: t for k, t in known[shown["sourceServerId"]].items() if t <= moment}
        newest = max(older, key=lambda each: older[each])
        assert launched[shown["sourceServerId"]] == newest
        assert shown["snapshotId"] == newest
        assert shown["skewSeconds"] == int((moment - older[newest]).total_seconds())


def test_servers_that_are_not_named_are_launched_from_the_latest_state(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 2))))
        moment = max(snapshots(running, server_id(0)).values()) - timedelta(hours=2)
        execution = start(running, plan_id, {server_id(0): moment.isoformat()})
        launched = launched_from(running)

    shown = {each["sourceServerId"]: each["snapshotId"] for each in execution["servers"]}
    assert execution["status"] == "COMPLETED"
    assert launched[server_id(0)] is not None
    assert launched == {server_id(0): shown[server_id(0)], server_id(1): None}


def test_a_moment_before_the_oldest_snapshot_refuses_the_start(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        execution = start(running, plan_id, "2020-01-01T00:00:00Z")
        launches = running.launches()

    assert execution["status"] == "FAILED"
    assert f"{server_id(0)} has no snapshot at or before 2020-01-01" in execution["reason"]
    assert launches == []


def test_a_moment_in_the_future_refuses_a_start_in_the_aws_console_too(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        payload = {
            "planId": plan_id,
            "executionType": "DRILL",
            "pointInTime": "2999-01-01T00:00:00Z",
        }
        started = running.step_functions.start_execution(
            stateMachineArn=arn, name="by-hand", input=json.dumps(payload)
        )
        status = running.workflow_status({"executionArn": started["executionArn"]})
        end = running.step_functions.describe_execution(executionArn=started["executionArn"])
        launches = running.launches()

    assert status == "FAILED"
    assert "/pointInTime: 2999-01-01T00:00:00+0000 is in the future" in end["cause"]
    assert launches == []


def test_moments_that_make_no_sense_are_refused_at_the_door(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        answers = [
            running.http.post(
                f"/recovery-plans/{plan_id}/execute",
                json={"executionType": "DRILL", "pointInTime": moment},
            )
            for moment in ("2026-01-01T00:00:00", "yesterday", {"i-1": "LATEST"})
        ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert all(
        fault["pointer"].startswith("/pointInTime")
        for answer in answers
        for fault in answer.json()["errors"]
    )


def moment_among_hourly_snapshots() -> datetime:
    """Return a moment whose snapshots are hourly ones, of which DRS keeps those of one day.

    The hour after midnight, whose snapshot DRS keeps for a week, does not come shortly before it.
    """
    now = datetime.now(UTC)
    moments = [now - timedelta(hours=hours) for hours in (14, 12)]
    return next(moment for moment in moments if moment.hour > 1)


def test_a_retry_after_a_snapshot_has_expired_takes_the_next_older_one(tmp_path: Path) -> None:
    """Server 0 has older ones; server 1 has none, for it was added only shortly before."""
    moment = moment_among_hourly_snapshots()
    inventory = fleet(3)
    added = {"firstByteDateTime": (moment - timedelta(minutes=90)).isoformat()}
    inventory["items"][1]["lifeCycle"] |= added
    with laptop(tmp_path, inventory) as running:
        running.simulator.faults = Faults(
            servers=[
                ServerFault(server_id(number), ServerFaultKind.SILENT_FAILURE, attempts=(1,))
                for number in (0, 1)
            ]
        )
        plan_id = running.apply(plan("shop", wave("only", servers(0, 3), on_failure="ASK")))
        answer = running.http.post(
            f"/recovery-plans/{plan_id}/execute",
            json={"executionType": "DRILL", "pointInTime": moment.isoformat()},
        )
        id_ = answer.json()["executionId"]
        asked(running, id_, "only")
        first = launched_from(running)
        running.clock.advance_to(running.clock.now() + timedelta(hours=16))
        left = snapshots(running, server_id(0))
        decide(running, id_, "only", "RETRY")
        again = asked(running, id_, "only", attempt=2)
        decide(running, id_, "only", "SKIP", attempt=2, reason="not needed today")
        running.ended(id_)
        jobs = [list(job.server_ids) for job in running.launches()]
        second = launched_from(running)

    older = {each: time for each, time in left.items() if time <= moment}
    assert first[server_id(0)] not in left
    assert second[server_id(0)] == max(older, key=lambda each: older[each])
    assert second[server_id(1)] == first[server_id(1)]
    assert [sorted(ids) for ids in jobs] == [servers(0, 3), servers(0, 1)]
    assert f"no snapshot of {server_id(1)} at or before" in question_of(again, "only")["message"]
    verdicts = {each["sourceServerId"]: each["verdict"] for each in again["servers"]}
    assert verdicts == dict(zip(servers(0, 3), ("LAUNCHED", "FAILED", "LAUNCHED"), strict=True))
