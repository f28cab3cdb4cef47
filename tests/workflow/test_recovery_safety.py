"""A drill never touches a real recovery; a start that must not be is refused before any effect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    wave,
)


def test_a_drill_over_a_live_recovery_is_refused_and_the_recovery_lives_on(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 3))))
        recovery = running.run(plan_id, "RECOVERY")
        before = running.live_instances()
        drill = running.run(plan_id, "DRILL")
        after = running.live_instances()
        launches = running.launches()

    assert recovery["status"] == "COMPLETED"
    assert drill["status"] == "FAILED"
    assert "LiveRecoveryInstance" in drill["reason"]
    assert server_id(0) in drill["reason"]
    assert len(launches) == 1
    assert after == before


def test_a_drill_may_replace_the_instances_of_a_drill(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        first = running.run(plan_id)
        second = running.run(plan_id)
        live = running.live_instances()

    assert (first["status"], second["status"]) == ("COMPLETED", "COMPLETED")
    assert [each.instance_id for each in live] == [second["servers"][0]["recoveryInstanceId"]]


def test_a_second_recovery_needs_the_plans_name_typed(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        running.run(plan_id, "RECOVERY")
        refused = running.run(plan_id, "RECOVERY")
        wrong = running.http.post(
            f"/recovery-plans/{plan_id}/execute",
            json={"executionType": "RECOVERY", "replaceLiveInstances": "shopp"},
        )
        drill = running.http.post(
            f"/recovery-plans/{plan_id}/execute",
            json={"executionType": "DRILL", "replaceLiveInstances": "shop"},
        )
        replaced = running.run(plan_id, "RECOVERY", replaceLiveInstances="shop")

    assert refused["status"] == "FAILED"
    assert wrong.status_code == 422
    assert drill.status_code == 422
    assert replaced["status"] == "COMPLETED"


def test_a_recovery_that_appears_during_a_drill_is_not_replaced(tmp_path: Path) -> None:
    """The plan waits for its first wave while somebody recovers a server of its second one."""
    running: Laptop

    def recover_meanwhile(invocation: Invocation) -> Json:
        event: dict[str, Any] = invocation.event
        is_second = invocation.function.handler.endswith("start_recovery.handler")
        if is_second and event["wave"] == "second" and len(running.launches()) == 1:
            running.simulator.call(
                "StartRecovery",
                {"sourceServers": [{"sourceServerID": server_id(1)}], "isDrill": False},
                account_id=ACCOUNT,
                region=REGION,
            )
            while not any(not each.is_drill for each in running.live_instances()):
                pass
        return invocation.proceed()

    with laptop(tmp_path, fleet(2), recover_meanwhile) as running:
        execution = running.run(
            running.apply(
                plan("shop", wave("first", servers(0, 1)), wave("second", servers(1, 1), "first"))
            )
        )
        live = {each.source_server_id: each.is_drill for each in running.live_instances()}

    assert execution["status"] == "PARTIAL"
    assert live == {server_id(0): True, server_id(1): False}
    assert "the live instance of a real recovery" in execution["reason"]


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({}, "/planId"),
        ({"planId": "plan_none", "executionType": "DRILL"}, "plan_none"),
        ({"planId": "plan_none", "executionType": "REHEARSAL"}, "/executionType"),
        ({"planId": "plan_none"}, "/executionType"),
    ],
)
def test_a_wrong_input_in_the_aws_console_fails_with_its_reason_and_launches_nothing(
    tmp_path: Path, payload: object, named: str
) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        started = running.step_functions.start_execution(
            stateMachineArn=arn, name="by-hand", input=json.dumps(payload)
        )
        status = running.workflow_status({"executionArn": started["executionArn"]})
        end = running.step_functions.describe_execution(executionArn=started["executionArn"])
        launches = running.launches()

    assert status == "FAILED"
    assert named in end["cause"]
    assert launches == []


def test_an_input_that_is_no_object_fails_and_launches_nothing(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        started = running.step_functions.start_execution(
            stateMachineArn=arn, name="by-hand", input="[1, 2]"
        )
        status = running.workflow_status({"executionArn": started["executionArn"]})
        launches = running.launches()

    assert status == "FAILED"
    assert launches == []


def test_a_server_that_was_removed_from_drs_since_is_named_and_nothing_starts(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 2))))
        document = running.simulator.snapshot()
        text = json.dumps(document).replace(server_id(1), server_id(7))
        running.simulator.restore(json.loads(text))
        execution = running.run(plan_id)
        launches = running.launches()

    assert execution["status"] == "FAILED"
    assert server_id(1) in execution["reason"]
    assert launches == []
