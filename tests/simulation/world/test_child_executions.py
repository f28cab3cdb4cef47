"""Items of a distributed map are executions of their own, which fail and are stopped."""

from __future__ import annotations

from typing import Any

import pytest

from local.virtual.interpreter import TokenSpent
from local.virtual.latencies import Latencies
from local.virtual.results import Answer
from local.virtual.runs import Run
from tests.simulation.world.small_machines import (
    WAIT_FOR_TOKEN,
    Workbench,
    machine,
    task,
)

Json = Any


def _mapped(child: Json, percentage: float) -> str:
    end = {"Done": {"Type": "Succeed"}} if "Next" in child else {}
    return machine(
        "Each",
        Each={
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "run.$": "$.name"},
            "MaxConcurrency": 0,
            "ToleratedFailurePercentage": percentage,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Child",
                "States": {"Child": child, **end},
            },
            "ResultPath": None,
            "Next": "Done",
        },
    )


def test_every_item_of_a_distributed_map_is_an_execution_with_a_history_of_its_own() -> None:
    bench = Workbench(_mapped(task("work"), 100.0), {"work": lambda _: None}, seconds=10)
    run = bench.run({"items": ["a", "b"], "name": "x"})

    assert bench.schedule.elapsed_seconds == 10
    assert [child.input for child in run.children] == [
        {"n": "a", "run": "x"},
        {"n": "b", "run": "x"},
    ]
    assert len(run.history) == 2 + 6 + 2
    assert {len(child.history) for child in run.children} == {2 + 5 + 2}
    assert run.output == {"items": ["a", "b"], "name": "x"}


def test_children_may_fail_up_to_the_tolerated_percentage() -> None:
    child = {"Type": "Fail", "Error": "WaveFailed", "Cause": "why"}
    tolerant = Workbench(_mapped(child, 100.0)).run({"items": [1], "name": "x"})
    strict = Workbench(_mapped(child, 0.0)).run({"items": [1], "name": "x"})

    assert tolerant.status == "SUCCEEDED"
    assert tolerant.children[0].error == "WaveFailed"
    assert strict.error == "States.ExceedToleratedFailureThreshold"


def test_a_stop_ends_an_execution_with_its_children_and_spends_their_tokens() -> None:
    tokens: list[str] = []
    rest = {
        "Type": "Task",
        "Resource": WAIT_FOR_TOKEN,
        "Parameters": {"FunctionName": "hang", "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 3600,
        "Next": "Done",
    }
    bench = Workbench(_mapped(rest, 100.0), {"hang": lambda event: tokens.append(event["token"])})
    run = bench.start({"items": [1, 2], "name": "x"})
    while len(tokens) < 2:
        bench.schedule.step()
    bench.interpreter.stop(run.arn, "ByHand", "enough")
    while bench.schedule.step():
        pass

    assert [run.status, *(child.status for child in run.children)] == ["ABORTED"] * 3
    assert bench.schedule.elapsed_seconds == 0
    with pytest.raises(TokenSpent):
        bench.interpreter.answer(tokens[0], Answer({}))


def _just_dispatched() -> tuple[Workbench, Run]:
    """Return a run whose children are to begin one after another, none of them has."""
    definition = _mapped(task("work"), 100.0)
    bench = Workbench(definition, {"work": lambda _: None}, seconds=10, latencies=Latencies())
    run = bench.start({"items": list(range(50)), "name": "x"})
    while not run.children:
        assert bench.schedule.step()
    return bench, run


def test_a_stop_ends_children_that_were_not_dispatched_yet() -> None:
    bench, run = _just_dispatched()
    bench.interpreter.stop(run.arn, "ByHand", "enough")
    while bench.schedule.step():
        pass

    assert {run.status, *(child.status for child in run.children)} == {"ABORTED"}
    assert [child.states for child in run.children] == [[]] * 50


def test_a_map_does_not_wait_for_a_child_that_was_stopped_before_it_began() -> None:
    bench, run = _just_dispatched()
    bench.interpreter.stop(run.children[-1].arn, "ByHand", "enough")
    while bench.schedule.step():
        pass

    assert run.status == "SUCCEEDED"
    assert [child.status for child in run.children] == ["SUCCEEDED"] * 49 + ["ABORTED"]
