"""Executions through the Step Functions API, as the AWS CLI uses it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from local.clock import ScaledClock
from tests.workflow.engine_world import ACCOUNT_ID, NOTHING, REGION, Definition, output_of, running

RESTS: Definition = {
    "StartAt": "Rest",
    "States": {"Rest": {"Type": "Wait", "Seconds": 864000, "End": True}},
}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_our_machine_is_the_only_one_and_its_arn_has_account_and_region() -> None:
    with running() as world:
        machines = world.stepfunctions.list_state_machines()["stateMachines"]
    arn = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:machine"
    assert [machine["stateMachineArn"] for machine in machines] == [arn]
    assert world.engine.state_machine_arn == arn


def test_two_unnamed_executions_are_two_executions() -> None:
    with running() as world:
        first, second = world.start(), world.start()
        listed = world.stepfunctions.list_executions(stateMachineArn=world.engine.state_machine_arn)
        world.end_of(first)
        world.end_of(second)
    assert {execution["executionArn"] for execution in listed["executions"]} == {first, second}
    assert all(len(execution["name"]) == 36 for execution in listed["executions"])


def test_a_name_is_used_once_but_the_same_start_may_be_repeated_while_it_runs() -> None:
    with running(RESTS) as world:
        first = world.start({"planId": "a"}, name="drill-1")
        assert world.start({"planId": "a"}, name="drill-1") == first
        with pytest.raises(ClientError) as taken:
            world.start({"planId": "b"}, name="drill-1")
    assert code_of(taken) == "ExecutionAlreadyExists"


def test_a_name_stays_taken_after_the_end() -> None:
    with running() as world:
        world.end_of(world.start(name="drill-1"))
        with pytest.raises(ClientError) as taken:
            world.start(name="drill-1")
    assert code_of(taken) == "ExecutionAlreadyExists"


@pytest.mark.parametrize(
    ("execution_input", "name", "code"),
    [
        ("{", "drill-1", "InvalidExecutionInput"),
        (json.dumps("x" * 262_144), "drill-1", "InvalidExecutionInput"),
        ("{}", "drill 1", "InvalidName"),
    ],
)
def test_a_start_that_aws_refuses_is_refused(execution_input: str, name: str, code: str) -> None:
    with running() as world, pytest.raises(ClientError) as refused:
        world.stepfunctions.start_execution(
            stateMachineArn=world.engine.state_machine_arn, name=name, input=execution_input
        )
    assert code_of(refused) == code


def test_an_output_is_json_also_when_it_is_a_string() -> None:
    passes = {"Type": "Pass", "Result": "three-tier", "End": True}
    with running({"StartAt": "Pass", "States": {"Pass": passes}}) as world:
        execution = world.run()
    assert execution["output"] == '"three-tier"'


def test_times_in_description_and_history_are_simulated() -> None:
    clock = ScaledClock(600)
    clock.advance_to(clock.now() + timedelta(days=400))
    before = clock.now()
    wait = {"Type": "Wait", "Seconds": 120, "End": True}
    with running({"StartAt": "Wait", "States": {"Wait": wait}}, clock=clock) as world:
        execution = world.run()
        history = world.history(execution["executionArn"])
    after = clock.now()
    times = [event["timestamp"] for event in history]
    entered, left = (
        next(event["timestamp"] for event in history if event["type"] == f"WaitState{moment}")
        for moment in ("Entered", "Exited")
    )
    # The wire keeps milliseconds, the clock has microseconds.
    tolerance = timedelta(milliseconds=1)
    assert before - tolerance <= execution["startDate"] <= times[0] + tolerance
    assert times == sorted(times)
    assert left - entered >= timedelta(seconds=120)
    assert times[-1] - tolerance <= execution["stopDate"] <= after


def test_the_history_comes_in_pages_and_backwards_on_request() -> None:
    states = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(60)}
    states["S60"] = {"Type": "Succeed"}
    with running({"StartAt": "S0", "States": states}) as world:
        arn = world.run()["executionArn"]
        first = world.stepfunctions.get_execution_history(executionArn=arn, maxResults=5)
        default = world.stepfunctions.get_execution_history(executionArn=arn)
        last = world.stepfunctions.get_execution_history(
            executionArn=arn, reverseOrder=True, maxResults=1
        )
        with pytest.raises(ClientError) as refused:
            world.stepfunctions.get_execution_history(executionArn=arn, nextToken="x")
        ids = [event["id"] for event in world.history(arn)]
    assert [event["id"] for event in first["events"]] == [1, 2, 3, 4, 5]
    assert "nextToken" in first
    assert len(default["events"]) == 100
    assert last["events"][0]["type"] == "ExecutionSucceeded"
    assert ids == list(range(1, 125))
    assert code_of(refused) == "InvalidToken"


def test_stop_execution_interrupts_a_wait_and_keeps_error_and_cause() -> None:
    with running(RESTS) as world:
        arn = world.start()
        world.stepfunctions.stop_execution(executionArn=arn, error="Cancelled", cause="by hand")
        execution = world.describe(arn)
    assert (execution["status"], execution["error"]) == ("ABORTED", "Cancelled")
    assert execution["cause"] == "by hand"
    assert execution["stopDate"] >= execution["startDate"]


def test_stopping_what_has_ended_changes_nothing() -> None:
    with running() as world:
        ended = world.run({"a": 1})
        world.stepfunctions.stop_execution(executionArn=ended["executionArn"])
        assert output_of(world.describe(ended["executionArn"])) == {"a": 1}


def test_an_execution_that_the_engine_does_not_know_is_reported_as_such() -> None:
    with running(NOTHING) as world, pytest.raises(ClientError) as unknown:
        world.describe(f"arn:aws:states:{REGION}:{ACCOUNT_ID}:execution:machine:drill-0")
    assert code_of(unknown) == "ExecutionDoesNotExist"
