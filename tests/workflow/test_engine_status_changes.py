"""What the engine says of an execution when it starts and when it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.deployment import Json
from local.events import StatusChange
from tests.workflow.engine_world import ACCOUNT_ID, REGION, Definition, running, task, until

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:machine"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:execution:machine:drill-1"
RESTS: Definition = {
    "StartAt": "Rest",
    "States": {"Rest": {"Type": "Wait", "Seconds": 864000, "End": True}},
}
ENDINGS: list[tuple[Definition, str, dict[str, Any]]] = [
    (
        {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "Result": [1], "End": True}}},
        "SUCCEEDED",
        {"output": "[1]", "outputDetails": {"included": True}, "error": None},
    ),
    (
        {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Lost", "Cause": "why"}}},
        "FAILED",
        {"output": None, "outputDetails": None, "error": "Lost", "cause": "why"},
    ),
    ({**RESTS, "TimeoutSeconds": 60}, "TIMED_OUT", {"output": None}),
]


@pytest.mark.parametrize(("definition", "status", "members"), ENDINGS)
def test_an_execution_tells_its_start_and_its_end_once(
    definition: Definition, status: str, members: dict[str, Json]
) -> None:
    changes: list[StatusChange] = []
    with running(
        definition, on_status_change=changes.append, task_timeout_floor_seconds=0.1
    ) as world:
        world.start({"planId": "a"}, name="drill-1")
        execution = world.end_of(EXECUTION)
        until(lambda: len(changes) == 2)
    first, last = (json.loads(change.event()) for change in changes)
    assert (
        first["detail"]
        | {
            "executionArn": EXECUTION,
            "stateMachineArn": MACHINE,
            "name": "drill-1",
            "status": "RUNNING",
            "stopDate": None,
            "input": '{"planId": "a"}',
            "inputDetails": {"included": True},
            "output": None,
        }
        == first["detail"]
    )
    assert (
        last
        | {
            "version": "0",
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": ACCOUNT_ID,
            "region": REGION,
            "resources": [EXECUTION],
        }
        == last
    )
    assert last["detail"] | {"status": status, **members} == last["detail"]
    assert last["detail"]["startDate"] == first["detail"]["startDate"]
    # moto describes no stopDate of an execution that timed out.
    stopped_at = execution.get("stopDate") or changes[1].stopped_at
    assert stopped_at is not None
    assert abs(last["detail"]["stopDate"] - stopped_at.timestamp() * 1000) <= 1
    assert last["time"] >= first["time"]


def test_an_execution_that_is_stopped_by_hand_is_told_as_aborted_once() -> None:
    changes: list[StatusChange] = []
    with running(RESTS, on_status_change=changes.append) as world:
        arn = world.start()
        for cause in ("by hand", "again"):
            world.stepfunctions.stop_execution(executionArn=arn, error="Cancelled", cause=cause)
        described = world.describe(arn)
    assert [(change.status, change.error, change.cause) for change in changes] == [
        ("RUNNING", None, None),
        ("ABORTED", "Cancelled", "by hand"),
    ]
    assert described["cause"] == "by hand"


def test_a_repeated_start_and_the_end_of_the_engine_are_no_changes() -> None:
    changes: list[StatusChange] = []
    with running(RESTS, on_status_change=changes.append) as world:
        for _ in range(2):
            world.start({"planId": "a"}, name="drill-1")
    assert [change.status for change in changes] == ["RUNNING"]


def test_data_that_is_too_large_for_an_event_is_left_out() -> None:
    changes: list[StatusChange] = []
    passes = {"StartAt": "Work", "States": {"Work": task("Work", OutputPath="$.x", End=True)}}
    large = {"x": "a" * 130_000}
    with running(passes, {"Work": lambda _: None}, on_status_change=changes.append) as world:
        world.end_of(world.start(large))
    detail = json.loads(changes[0].event())["detail"]
    assert detail["inputDetails"] == {"included": True}
    twice = StatusChange(
        execution_arn=EXECUTION,
        state_machine_arn=MACHINE,
        status="SUCCEEDED",
        started_at=changes[0].started_at,
        stopped_at=changes[0].started_at,
        input=json.dumps(large),
        output=json.dumps(large),
    )
    detail = json.loads(twice.event())["detail"]
    assert (detail["input"], detail["output"]) == (None, None)
    assert detail["inputDetails"] == detail["outputDetails"] == {"included": False}
