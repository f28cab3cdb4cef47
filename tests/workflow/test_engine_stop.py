"""StopExecution: from its answer on, the execution begins nothing more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.workflow.engine_world import (
    DONE,
    WAIT_FOR_TOKEN,
    Definition,
    World,
    running,
    task,
    until,
)

CHILDREN = 8


def chain(**fields: Any) -> Definition:  # noqa: ANN401 - members of a state
    """First a task, then a pause and more tasks, for ever."""
    caught = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Second"}]
    return {
        "StartAt": "First",
        "States": {
            "First": task("First", ResultPath=None, Catch=caught, Next="Second", **fields),
            "Second": task("Second", ResultPath=None, Next="Pause"),
            "Pause": {"Type": "Wait", "Seconds": 0, "Next": "Second"},
        },
    }


def in_children(child: Definition) -> Definition:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **child}
    waves = {
        "Type": "Map",
        "ItemsPath": "$.waves",
        "ToleratedFailurePercentage": 100.0,
        "ItemProcessor": processor,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Finish"}],
        "Next": "Finish",
    }
    return {
        "StartAt": "Waves",
        "States": {"Waves": waves, "Finish": task("Finish", Next="Done")} | {"Done": DONE},
    }


class Work:
    """Functions that note their calls; the first waits until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()

    def first(self, _: object) -> None:
        self.begun.append("First")
        assert self.go_on.wait(20)

    @property
    def handlers(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "First": self.first,
            "Second": lambda _: self.begun.append("Second"),
            "Finish": lambda _: self.begun.append("Finish"),
        }


@contextmanager
def working(definition: Definition, work: Work, begun: int) -> Iterator[tuple[World, str]]:
    """A world whose execution has begun so many tasks; at its end no thread of it is left."""
    with running(definition, work.handlers) as world:
        idle = threading.active_count()
        arn = world.start({"waves": list(range(CHILDREN))})
        until(lambda: len(work.begun) >= begun)
        yield world, arn
        work.go_on.set()
        until(lambda: threading.active_count() <= idle, patience_seconds=5)


@pytest.mark.parametrize("resource", ["function", "token"])
def test_no_task_follows_those_under_way(resource: str) -> None:
    work = Work()
    fields = {} if resource == "function" else {"resource": WAIT_FOR_TOKEN}
    with working(in_children(chain(**fields)), work, CHILDREN) as (world, arn):
        world.stepfunctions.stop_execution(executionArn=arn)
        work.go_on.set()
    assert work.begun == ["First"] * CHILDREN


def test_a_chain_of_short_tasks_stops_between_two_of_them() -> None:
    work = Work()
    work.go_on.set()
    with working(in_children(chain()), work, 20 * CHILDREN) as (world, arn):
        world.stepfunctions.stop_execution(executionArn=arn)
        begun = len(work.begun)
        until(lambda: world.history(arn)[-1]["type"] == "ExecutionAborted")
    # What was under way when the stop came may still call its function.
    assert len(work.begun) <= begun + CHILDREN
    assert "Finish" not in work.begun


def test_a_task_that_fails_is_not_repeated_after_the_stop() -> None:
    attempts: list[object] = []

    def fail(event: object) -> None:
        attempts.append(event)
        raise RuntimeError

    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 9}]
    fails = {"StartAt": "Work", "States": {"Work": task("Work", Retry=retry, End=True)}}
    with running(fails, {"Work": fail}, scale=60.0) as world:
        idle = threading.active_count()
        arn = world.start()
        until(lambda: bool(attempts))
        world.stepfunctions.stop_execution(executionArn=arn)
        until(lambda: threading.active_count() <= idle, patience_seconds=5)
        assert world.describe(arn)["status"] == "ABORTED"
    assert len(attempts) == 1


def test_a_token_of_a_stopped_execution_is_dead_even_if_its_function_still_runs() -> None:
    work, tokens = Work(), []

    def gate(event: Any) -> None:  # noqa: ANN401 - the state's payload
        tokens.append(event["token"])
        assert work.go_on.wait(20)

    alone = {"StartAt": "Gate", "States": {"Gate": task("Gate", WAIT_FOR_TOKEN, End=True)}}
    with running(alone, {"Gate": gate}) as world:
        arn = world.start()
        until(lambda: bool(tokens))
        world.stepfunctions.stop_execution(executionArn=arn)
        for send, members in (
            (world.stepfunctions.send_task_success, {"output": "{}"}),
            (world.stepfunctions.send_task_failure, {}),
        ):
            with pytest.raises(ClientError) as refused:
                send(taskToken=tokens[0], **members)
            assert refused.value.response["Error"]["Code"] == "TaskTimedOut"
        work.go_on.set()
        assert world.describe(arn)["status"] == "ABORTED"
