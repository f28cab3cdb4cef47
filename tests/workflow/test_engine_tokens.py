"""Task tokens: the bells of the workflow, rung in time, too late, twice, or never."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
from botocore.exceptions import ClientError

from local.deployment import Json
from tests.workflow.engine_world import (
    DONE,
    WAIT_FOR_TOKEN,
    Definition,
    World,
    output_of,
    running,
    task,
    until,
)


def gate(**fields: Json) -> Definition:
    """A state that waits for a token; a time-out goes to a state of its own."""
    wait = task(
        "Gate",
        WAIT_FOR_TOKEN,
        ResultPath="$.answer",
        Catch=[
            {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.timeout", "Next": "Too late"},
            {"ErrorEquals": ["Rejected"], "ResultPath": "$.rejected", "Next": "Done"},
        ],
        Next="Done",
        **fields,
    )
    return {
        "StartAt": "Gate",
        "States": {"Gate": wait, "Done": DONE, "Too late": {"Type": "Pass", "Next": "Linger"}}
        | {"Linger": {"Type": "Wait", "SecondsPath": "$.lingerSeconds", "Next": "Done"}},
    }


@contextmanager
def gated(definition: Definition, **options: Json) -> Iterator[tuple[World, Queue[str]]]:
    """A world in which `Gate` puts its token into a queue."""
    tokens: Queue[str] = Queue()
    with running(
        definition, {"Gate": lambda event: tokens.put(event["token"])}, **options
    ) as world:
        yield world, tokens


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_answer_becomes_the_result_of_the_task() -> None:
    with gated(gate()) as (world, tokens):
        arn = world.start({"wave": "web"})
        world.stepfunctions.send_task_success(
            taskToken=tokens.get(timeout=10), output=json.dumps({"next": "START"})
        )
        assert output_of(world.end_of(arn)) == {"wave": "web", "answer": {"next": "START"}}


def test_a_failure_keeps_its_error_and_its_cause() -> None:
    with gated(gate()) as (world, tokens):
        arn = world.start()
        world.stepfunctions.send_task_failure(
            taskToken=tokens.get(timeout=10), error="Rejected", cause="the replica is behind"
        )
        rejected = output_of(world.end_of(arn))["rejected"]
    assert rejected == {"Error": "Rejected", "Cause": "the replica is behind"}


def test_a_time_out_from_the_state_fires_in_simulated_time_and_is_caught() -> None:
    with gated(
        gate(TimeoutSecondsPath="$.waitSeconds"),
        task_timeout_floor_seconds=600.0,  # the token's own timer must do it
    ) as (world, _):
        arn = world.start({"waitSeconds": 300, "lingerSeconds": 0})
        execution = world.end_of(arn)
        scheduled = [e for e in world.history(arn) if e["type"] == "TaskScheduled"]
    assert "timeout" in output_of(execution)
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() >= 300
    assert scheduled[0]["taskScheduledEventDetails"]["timeoutInSeconds"] == 300


def test_a_token_that_expired_is_refused_and_changes_nothing() -> None:
    with gated(gate(TimeoutSecondsPath="$.waitSeconds")) as (world, tokens):
        arn = world.start({"waitSeconds": 60, "lingerSeconds": 600})
        until(lambda: any(e["type"] == "WaitStateEntered" for e in world.history(arn)))
        with pytest.raises(ClientError) as refused:
            world.stepfunctions.send_task_success(taskToken=tokens.get(), output="{}")
        assert code_of(refused) == "TaskTimedOut"
        assert "answer" not in output_of(world.end_of(arn))


def test_a_second_answer_is_refused() -> None:
    with gated(gate()) as (world, tokens):
        arn = world.start()
        token = tokens.get(timeout=10)
        world.stepfunctions.send_task_success(taskToken=token, output='"first"')
        with pytest.raises(ClientError) as refused:
            world.stepfunctions.send_task_success(taskToken=token, output='"second"')
        assert code_of(refused) == "TaskTimedOut"
        assert output_of(world.end_of(arn))["answer"] == "first"


def test_an_unknown_token_and_an_output_that_is_not_json_are_refused() -> None:
    with gated(gate()) as (world, tokens):
        world.start()
        with pytest.raises(ClientError) as unknown:
            world.stepfunctions.send_task_success(taskToken="nobody", output="{}")
        with pytest.raises(ClientError) as malformed:
            world.stepfunctions.send_task_success(taskToken=tokens.get(timeout=10), output="{")
    assert (code_of(unknown), code_of(malformed)) == ("InvalidToken", "InvalidOutput")


def test_a_constant_time_out_waits_for_a_person_in_real_time() -> None:
    with gated(gate(TimeoutSeconds=3600), human_timeouts_scaled=False, scale=1_000_000) as (
        world,
        tokens,
    ):
        arn = world.start()
        token = tokens.get(timeout=10)
        until(lambda: bool(world.history(arn)))
        threading.Event().wait(0.5)  # 3,600 simulated seconds are 0.0036 real ones at this scale
        world.stepfunctions.send_task_success(taskToken=token, output='"yes"')
        assert output_of(world.end_of(arn))["answer"] == "yes"


def children_on_tokens() -> Definition:
    waves = {
        "Type": "Map",
        "ItemsPath": "$.waves",
        "ToleratedFailurePercentage": 100.0,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **gate(),
        },
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Finish"}],
        "Next": "Finish",
    }
    return {"StartAt": "Waves", "States": {"Waves": waves, "Finish": task("Finish", End=True)}}


def test_stop_execution_ends_children_that_rest_on_tokens() -> None:
    tokens: Queue[str] = Queue()
    finished: list[object] = []
    handlers = {"Gate": lambda event: tokens.put(event["token"]), "Finish": finished.append}
    with running(children_on_tokens(), handlers) as world:
        before = threading.active_count()
        arn = world.start({"waves": list(range(12))})
        waiting = [tokens.get(timeout=20) for _ in range(12)]
        world.stepfunctions.stop_execution(executionArn=arn, error="Cancelled", cause="by hand")
        stopped = world.describe(arn)
        until(lambda: threading.active_count() <= before)
        with pytest.raises(ClientError) as refused:
            world.stepfunctions.send_task_success(taskToken=waiting[0], output="{}")
        events = [event["type"] for event in world.history(arn)]
        assert world.describe(arn)["status"] == "ABORTED"
    assert stopped["status"] == "ABORTED"
    assert (stopped["error"], stopped["cause"]) == ("Cancelled", "by hand")
    assert code_of(refused) == "TaskTimedOut"
    assert events[-1] == "ExecutionAborted"
    assert finished == []


def test_stop_execution_of_a_task_on_a_token_aborts_and_does_not_fail_it() -> None:
    alone = {"StartAt": "Gate", "States": {"Gate": task("Gate", WAIT_FOR_TOKEN, End=True)}}
    with gated(alone) as (world, tokens):
        before = threading.active_count()
        arn = world.start()
        tokens.get(timeout=10)
        world.stepfunctions.stop_execution(executionArn=arn)
        until(lambda: threading.active_count() <= before)
        events = [event["type"] for event in world.history(arn)]
    assert "ExecutionFailed" not in events
    assert events[-1] == "ExecutionAborted"
