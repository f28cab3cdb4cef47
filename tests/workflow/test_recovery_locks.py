"""A server belongs to one live execution, across plans and executions, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

from local.deployment import Json
from local.functions import FunctionCrashed, Invocation
from tests.workflow.laptop import (
    FINAL,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    servers_launched_twice,
    wave,
)


def test_a_second_execution_of_the_plan_gets_409_that_names_the_first(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 2))))
        first = running.start(plan_id)
        running.until(first, lambda execution: execution["status"] == "RUNNING")
        refused = running.http.post(
            f"/recovery-plans/{plan_id}/execute", json={"executionType": "DRILL"}
        )
        running.ended(first)
        second = running.run(plan_id)

    assert refused.status_code == 409
    assert refused.json()["code"] == "ServersLocked"
    assert first in refused.json()["detail"]
    assert server_id(0) in refused.json()["detail"]
    assert second["status"] == "COMPLETED"


def test_the_workflow_refuses_what_the_front_door_could_not_see(tmp_path: Path) -> None:
    """Two starts at the same moment, by hand, over servers that two plans share by a tag."""
    group, tagged = wave("tagged", [])
    del group["sourceServerIds"]
    group["serverSelectionTags"] = {"Half": "even"}
    with laptop(tmp_path, fleet(4)) as running:
        plans = [running.apply({**plan(name, (group, tagged))}) for name in ("one", "two")]
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        for number, plan_id in enumerate(plans):
            running.step_functions.start_execution(
                stateMachineArn=arn,
                name=f"by-hand-{number}",
                input=json.dumps({"planId": plan_id, "executionType": "DRILL"}),
            )
        executions = []
        for number in range(2):
            running.until_known(f"by-hand-{number}")
            executions.append(running.ended(f"by-hand-{number}"))
        jobs = running.launches()

    assert sorted(each["status"] for each in executions) == ["COMPLETED", "FAILED"]
    assert servers_launched_twice(jobs) == []
    (refused,) = [each for each in executions if each["status"] == "FAILED"]
    assert "ServersLocked" in refused["reason"]


def test_three_hundred_locks_are_taken_in_chunks_and_given_back_when_preparation_dies(
    tmp_path: Path,
) -> None:
    """The first preparation dies after it took its locks; the second one goes on with them."""
    deaths = iter([True])

    def die_once(invocation: Invocation) -> Json:
        answer = invocation.proceed()
        if invocation.function.handler.endswith("prepare_execution.handler") and next(
            deaths, False
        ):
            raise FunctionCrashed
        return answer

    with laptop(tmp_path, fleet(300), die_once) as running:
        plan_id = running.apply(plan("large", wave("only", servers(0, 300))))
        first = running.run(plan_id)
        second = running.run(plan_id)

    assert first["status"] in FINAL
    assert [first["status"], second["status"]] == ["COMPLETED", "COMPLETED"]
