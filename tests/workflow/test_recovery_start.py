"""A start that goes wrong says why, in few words, and leaves nothing half started."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest

from local.deployment import Json
from local.functions import Invocation
from tests.workflow.laptop import fleet, laptop, plan, server_id, servers, wave
from tests.workflow.lossy_workflow import PassOn, lossy_workflow


def test_an_execution_name_with_a_dot_is_refused_with_the_letters_that_are_allowed(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        arn = running.step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        started = running.step_functions.start_execution(
            stateMachineArn=arn,
            name="drill.2026",
            input=json.dumps({"planId": plan_id, "executionType": "DRILL"}),
        )
        status = running.workflow_status({"executionArn": started["executionArn"]})
        end = running.step_functions.describe_execution(executionArn=started["executionArn"])
        launches = running.launches()

    assert status == "FAILED"
    assert "'drill.2026'" in end["cause"]
    assert "letters, digits, - and _" in end["cause"]
    assert launches == []


def test_a_plan_of_which_a_thousand_servers_vanished_fails_with_a_short_reason(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(1000)) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1000))))
        document = json.dumps(running.simulator.snapshot()).replace("s-500000", "s-700000")
        running.simulator.restore(json.loads(document))
        execution = running.run(plan_id)
        running.workflow_status(execution)
        pages = running.step_functions.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"]
        )
        events = [event for page in pages for event in page["events"]]

    details = [value for event in events for value in event.values() if isinstance(value, dict)]
    sizes = [len(each.get(key, "")) for each in details for key in ("input", "output", "cause")]
    assert execution["status"] == "FAILED"
    assert server_id(0) in execution["reason"]
    assert len(execution["reason"]) <= 1100
    assert max(sizes) <= 16 * 1024


@pytest.mark.parametrize("prepared", [True, False])
def test_a_start_whose_answer_is_lost_is_told_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: bool
) -> None:
    """Either the workflow was faster than the failure, or it finds its execution closed."""
    ready = threading.Event()

    def tell(invocation: Invocation) -> Json:
        if not invocation.function.handler.endswith("prepare_execution.handler"):
            return invocation.proceed()
        if prepared:
            answer = invocation.proceed()
            ready.set()
            return answer
        ready.wait(30)
        return invocation.proceed()

    def lose_the_answer_of_a_start(operation: str, pass_on: PassOn) -> httpx.Response | None:
        answer = pass_on()
        if operation != "StartExecution":
            return answer
        if prepared:
            ready.wait(30)
        return None

    with laptop(tmp_path, fleet(1), tell) as running:
        plan_id = running.apply(plan("shop", wave("only", servers(0, 1))))
        aws_url = running.step_functions.meta.endpoint_url
        with lossy_workflow(aws_url, lose_the_answer_of_a_start) as proxy:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", proxy)
            answer = running.http.post(
                f"/recovery-plans/{plan_id}/execute", json={"executionType": "DRILL"}
            )
            ready.set()
            (listed,) = running.http.get("/executions").json()["items"]
            execution = running.ended(listed["executionId"])
            launches = running.launches()

    if prepared:
        assert answer.status_code == 202
        assert answer.json()["executionId"] == execution["executionId"]
        assert answer.json()["status"] == "RUNNING"
    else:
        assert answer.status_code == 503
    assert execution["status"] == ("COMPLETED" if prepared else "FAILED")
    assert len(launches) == (1 if prepared else 0)
