"""Whole executions of the shipped workflow: order, modes and the ways in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from local.drs import Faults, Phase, ServerFault, ServerFaultKind
from tests.workflow.laptop import ACCOUNT, REGION, fleet, laptop, plan, servers, verdicts, wave

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-tier"


def test_the_example_drill_recovers_all_twelve_servers_in_order(tmp_path: Path) -> None:
    inventory = json.loads((EXAMPLE / "inventory.json").read_text("utf-8"))
    document = YAML(typ="safe").load((EXAMPLE / "plan.yaml").read_text("utf-8"))
    with laptop(tmp_path, inventory) as running:
        execution = running.run(running.apply(document))
        jobs = {job.tags["drsorc:wave"]: job for job in running.launches()}
        live = running.live_instances()
        status = running.workflow_status(execution)

    assert execution["status"] == "COMPLETED"
    assert status == "SUCCEEDED"
    assert set(verdicts(execution).values()) == {"COMPLETED"}
    assert Counter(len(job.server_ids) for job in jobs.values()) == {3: 2, 4: 1, 2: 1}
    database, application, web = jobs["database"], jobs["application"], jobs["web"]
    assert database.ended_at
    assert application.ended_at
    assert database.ended_at < application.created_at
    assert application.ended_at < web.created_at
    assert jobs["batch"].created_at < database.ended_at
    instances = {each.source_server_id: each.instance_id for each in live}
    shown = {s["sourceServerId"]: s["recoveryInstanceId"] for s in execution["servers"]}
    assert len(shown) == 12
    assert shown == instances


def test_a_wave_starts_when_its_own_dependencies_are_done_not_when_the_level_is(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        slow = ServerFault(servers(1, 1)[0], ServerFaultKind.STUCK, phase=Phase.LAUNCH, seconds=900)
        running.simulator.faults = Faults(servers=[slow])
        execution = running.run(
            running.apply(
                plan(
                    "uneven",
                    wave("quick", servers(0, 1)),
                    wave("slow", servers(1, 1)),
                    wave("after-quick", servers(2, 1), "quick"),
                    wave("after-both", servers(3, 1), "quick", "slow"),
                )
            )
        )
        jobs = {job.tags["drsorc:wave"]: job for job in running.launches()}

    assert execution["status"] == "COMPLETED"
    assert jobs["slow"].ended_at
    assert jobs["after-quick"].created_at < jobs["slow"].ended_at
    assert jobs["after-both"].created_at > jobs["slow"].ended_at


@pytest.mark.parametrize("execution_type", ["DRILL", "RECOVERY"])
def test_the_mode_is_explicit_on_the_call_and_a_tag_on_every_job(
    tmp_path: Path, execution_type: str
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("modes", wave("only", servers(0, 2))))
        execution = running.run(plan_id, execution_type)
        (job,) = running.launches()
        (call,) = [c for c in running.simulator.calls if c.operation == "StartRecovery"]

    assert execution["status"] == "COMPLETED"
    assert call.params["isDrill"] is (execution_type == "DRILL")
    assert job.is_drill is (execution_type == "DRILL")
    assert job.tags == {
        "drsorc:execution": execution["executionId"],
        "drsorc:wave": "only",
        "drsorc:chunk": "0",
        "drsorc:attempt": "1",
        "drsorc:mode": execution_type,
        "ExecutionType": execution_type,
    }


def test_a_person_may_press_start_execution_in_the_aws_console(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("by-hand", wave("only", servers(0, 2))))
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        running.step_functions.start_execution(
            stateMachineArn=arn,
            name="friday-rehearsal",
            input=json.dumps({"planId": plan_id, "executionType": "DRILL"}),
        )
        running.until_known("friday-rehearsal")
        execution = running.ended("friday-rehearsal")
        listed = running.http.get("/executions", params={"planId": plan_id}).json()["items"]

    assert execution["status"] == "COMPLETED"
    assert [each["executionId"] for each in listed] == ["friday-rehearsal"]


def test_groups_selected_by_tags_are_resolved_when_the_execution_starts(tmp_path: Path) -> None:
    group = {"name": "even", "accountId": ACCOUNT, "region": REGION}
    document = {
        "name": "tagged",
        "protectionGroups": [{**group, "serverSelectionTags": {"Half": "even"}}],
        "waves": [{"name": "only", "protectionGroups": ["even"]}],
    }
    with laptop(tmp_path, fleet(4)) as running:
        plan_id = running.apply(document)
        running.simulator.call(
            "TagResource",
            {
                "resourceArn": f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{servers(1, 1)[0]}",
                "tags": {"Half": "even"},
            },
            account_id=ACCOUNT,
            region=REGION,
        )
        running.run(plan_id)
        (job,) = running.launches()

    assert sorted(job.server_ids) == [*servers(0, 3)]


def test_an_edit_during_an_execution_touches_the_next_one_only(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        before = plan(
            "edited", wave("first", servers(0, 1)), wave("second", servers(1, 1), "first")
        )
        plan_id = running.apply(before)
        execution_id = running.start(plan_id)
        running.until(execution_id, lambda execution: len(execution["waves"]) == 2)
        after = plan("edited", wave("first", servers(0, 1)), wave("third", servers(2, 1)))
        answer = running.http.put(
            f"/recovery-plans/{plan_id}", json=after, headers={"If-Match": '"1"'}
        )
        execution = running.ended(execution_id)

    assert answer.status_code == 200, answer.text
    assert verdicts(execution) == {"first": "COMPLETED", "second": "COMPLETED"}
    assert execution["planVersion"] == 1
