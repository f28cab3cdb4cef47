"""What the interpreter does with the states that our definition is made of."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from local.deployment import Json
from local.functions import FunctionCrashed, InvocationRefused
from tests.workflow.engine_world import DONE, Definition, Handler, output_of, running, task


class StoreUnavailable(Exception):
    """Stands for an error class of the product."""


def machine(**states: Json) -> Definition:
    return {"StartAt": next(iter(states)), "States": states}


PATIENT_RETRY = {
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 5,
    "JitterStrategy": "FULL",
}


def fails_until(attempt: int, error: Exception) -> Handler:
    """A handler that raises in every call before `attempt`, then answers which call it was."""
    calls = Counter[str]()

    def handler(_: object) -> int:
        calls["all"] += 1
        if calls["all"] < attempt:
            raise error
        return calls["all"]

    return handler


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (StoreUnavailable("busy"), "StoreUnavailable"),
        (InvocationRefused(), "Lambda.TooManyRequestsException"),
        (FunctionCrashed("Sandbox.Timedout", "Task timed out"), "Sandbox.Timedout"),
        (FunctionCrashed(), "Runtime.ExitError"),
    ],
)
def test_a_retry_names_the_error_as_lambda_does(error: Exception, name: str) -> None:
    retry = [{"ErrorEquals": [name], **PATIENT_RETRY}]
    work = task("Work", Retry=retry, ResultSelector={"calls.$": "$.Payload"}, End=True)
    with running(machine(Work=work), {"Work": fails_until(3, error)}) as world:
        assert output_of(world.run()) == {"calls": 3}


def test_an_error_with_another_name_is_not_retried() -> None:
    retry = [{"ErrorEquals": ["SomethingElse"], **PATIENT_RETRY}]
    work = task("Work", Retry=retry, End=True)
    with running(machine(Work=work), {"Work": fails_until(2, StoreUnavailable("busy"))}) as world:
        execution = world.run()
    assert (execution["status"], execution["error"]) == ("FAILED", "StoreUnavailable")
    assert '"errorMessage":"busy"' in execution["cause"].replace(": ", ":")
    assert "stackTrace" in execution["cause"]


def test_a_catch_that_names_its_own_state_falls_through_to_next() -> None:
    """A known fault of moto, not of AWS: it would open a gate, so definitions must avoid it."""
    calls = Counter[str]()

    def gate(_: object) -> None:
        calls["gate"] += 1
        raise StoreUnavailable

    work = task(
        "Gate", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Gate"}], Next="Behind the gate"
    )
    states = {"Gate": work, "Behind the gate": DONE}
    with running({"StartAt": "Gate", "States": states}, {"Gate": gate}) as world:
        assert world.run()["status"] == "SUCCEEDED"
    assert calls["gate"] == 1


def test_a_catch_keeps_the_state_and_adds_the_error() -> None:
    work = task(
        "Work",
        Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Done"}],
        Next="Done",
    )
    with running(
        machine(Work=work, Done=DONE), {"Work": fails_until(9, StoreUnavailable("busy"))}
    ) as world:
        output = output_of(world.run({"wave": "database"}))
    assert output["wave"] == "database"
    assert output["error"]["Error"] == "StoreUnavailable"


def test_a_wait_reads_its_seconds_from_the_state_and_passes_in_simulated_time() -> None:
    wait = {"Type": "Wait", "SecondsPath": "$.waitSeconds", "End": True}
    with running(machine(Wait=wait)) as world:
        execution = world.run({"waitSeconds": 300})
    elapsed_seconds = (execution["stopDate"] - execution["startDate"]).total_seconds()
    assert elapsed_seconds >= 300


def test_a_null_result_path_leaves_the_state_as_it_was() -> None:
    work = task("Work", ResultPath=None, End=True)
    with running(machine(Work=work), {"Work": lambda _: {"much": "data"}}) as world:
        assert output_of(world.run({"wave": "web"})) == {"wave": "web"}


def test_a_fail_state_takes_its_cause_from_the_state() -> None:
    fail = {"Type": "Fail", "Error": "RecoveryFailed", "CausePath": "$.step.cause"}
    with running(machine(Failed=fail)) as world:
        execution = world.run({"step": {"cause": "wave web: s-5 FAILED"}})
    assert execution["status"] == "FAILED"
    assert (execution["error"], execution["cause"]) == ("RecoveryFailed", "wave web: s-5 FAILED")


def distributed_map(states: Definition) -> Definition:
    return {
        "Type": "Map",
        "ItemsPath": "$.waves",
        "ItemSelector": {"wave.$": "$$.Map.Item.Value", "executionId.$": "$$.Execution.Name"},
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": 100.0,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **states,
        },
        "ResultPath": None,
        "End": True,
    }


def test_a_child_that_fails_does_not_end_its_siblings() -> None:
    finished: list[str] = []

    def work(event: dict[str, Any]) -> None:
        if event["input"]["wave"] == "bad":
            raise StoreUnavailable
        finished.append(event["input"]["wave"])

    children = machine(
        Wait={"Type": "Wait", "Seconds": 30, "Next": "Work"}, Work=task("Work", End=True)
    )
    with running(machine(Waves=distributed_map(children)), {"Work": work}) as world:
        execution = world.run({"waves": ["bad", "a", "b", "c"]})
    assert output_of(execution) == {"waves": ["bad", "a", "b", "c"]}
    assert sorted(finished) == ["a", "b", "c"]


def test_children_see_the_name_of_the_run_and_run_side_by_side() -> None:
    together = threading.Barrier(8, timeout=20)
    names: set[str] = set()

    def work(event: dict[str, Any]) -> None:
        together.wait()
        names.add(event["input"]["executionId"])

    children = machine(Work=task("Work", End=True))
    with running(machine(Waves=distributed_map(children)), {"Work": work}) as world:
        execution = world.end_of(world.start({"waves": list(range(8))}, name="drill-1"))
    assert execution["status"] == "SUCCEEDED"
    assert names == {"drill-1"}


def test_a_time_out_inside_a_map_is_caught_outside_as_a_time_out() -> None:
    hang = threading.Event()
    children = {"StartAt": "Hang", "States": {"Hang": task("Hang", TimeoutSeconds=60, End=True)}}
    waves = {
        "Type": "Map",
        "ItemsPath": "$.waves",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **children},
        "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Done"}],
        "Next": "Done",
    }
    with running(
        machine(Waves=waves, Done=DONE),
        {"Hang": lambda _: hang.wait(20)},
        task_timeout_floor_seconds=0.2,
    ) as world:
        execution = world.run({"waves": [1]})
        hang.set()
    assert output_of(execution)["error"]["Error"] == "States.Timeout"


def test_a_task_time_out_does_not_fire_because_simulated_time_is_fast() -> None:
    answer = threading.Event()
    work = task("Work", TimeoutSeconds=30, ResultPath=None, End=True)
    with running(
        machine(Work=work), {"Work": lambda _: answer.wait(0.3)}, scale=1_000_000
    ) as world:
        assert world.run()["status"] == "SUCCEEDED"


def test_a_time_out_of_the_whole_machine_is_simulated_too() -> None:
    rest = {"Type": "Wait", "Seconds": 864000, "End": True}
    definition = {"StartAt": "Rest", "States": {"Rest": rest}, "TimeoutSeconds": 600}
    with running(definition, task_timeout_floor_seconds=0.2) as world:
        assert world.run()["status"] == "TIMED_OUT"
