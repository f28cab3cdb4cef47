"""The virtual-time interpreter against what Step Functions documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.virtual.asl import read_machine
from local.virtual.interpreter import NameTaken
from local.virtual.paths import UnknownAsl
from tests.simulation.world.small_machines import (
    MACHINE,
    Workbench,
    machine,
    task,
)

Json = Any


def test_a_tasks_result_is_selected_and_put_where_its_result_path_says() -> None:
    definition = machine("Work", Work=task("double", ResultPath="$.step.twice"))
    run = Workbench(definition, {"double": lambda event: event["input"]["n"] * 2}).run({"n": 21})

    assert run.status == "SUCCEEDED"
    assert run.output == {"n": 21, "step": {"twice": {"answer": 42}}}


def test_a_wait_takes_the_seconds_of_its_path_and_nothing_else_takes_time() -> None:
    definition = machine("Rest", Rest={"Type": "Wait", "SecondsPath": "$.s", "Next": "Done"})
    run = Workbench(definition).run({"s": 3600})

    assert run.stopped_at is not None
    assert run.stopped_at - run.started_at == timedelta(hours=1)
    assert [e.type for e in run.history] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert run.transitions == 2


def test_a_choice_takes_the_first_rule_that_holds_or_the_default() -> None:
    rules = [{"Variable": "$.next", "StringEquals": "GO", "Next": "Done"}]
    states = {
        "Which": {"Type": "Choice", "Choices": rules, "Default": "Bad"},
        "Bad": {"Type": "Fail", "Error": "Oops", "CausePath": "$.next"},
    }
    good = Workbench(machine("Which", **states)).run({"next": "GO"})
    bad = Workbench(machine("Which", **states)).run({"next": "no"})
    missing = Workbench(machine("Which", **states)).run({})

    assert good.states == ["Which", "Done"]
    assert (bad.status, bad.error, bad.cause) == ("FAILED", "Oops", "no")
    assert missing.error == "States.Runtime"


@pytest.mark.parametrize("seconds", [2.5, "30", -1, True, None, 100_000_000])
def test_a_wait_takes_whole_seconds_only(seconds: Json) -> None:
    definition = machine("Rest", Rest={"Type": "Wait", "SecondsPath": "$.s", "Next": "Done"})
    run = Workbench(definition).run({"s": seconds})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")


def test_an_equal_start_while_it_runs_is_the_same_execution_and_any_other_is_refused() -> None:
    bench = Workbench(machine("Done"))
    first = bench.start({"a": 1})

    assert bench.start({"a": 1}) is first
    with pytest.raises(NameTaken):
        bench.interpreter.start(MACHINE, "run", {"a": 2})


def test_an_end_with_a_result_leaves_nothing_of_its_input() -> None:
    run = Workbench(machine("End", End={"Type": "Pass", "Result": {}, "End": True})).run({"a": 1})

    assert run.output == {}


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"Type": "Parallel", "Branches": [], "Next": "Done"}, "Parallel"),
        (task("f", HeartbeatSeconds=5), "HeartbeatSeconds"),
        (task("f", Resource="arn:aws:states:::aws-sdk:drs:describeJobs"), "aws-sdk"),
        (task("f", OutputPath="$.a"), "OutputPath"),
        ({"Type": "Succeed", "OutputPath": "$.a"}, "OutputPath"),
        ({"Type": "Pass", "Result": {}, "Next": "Done"}, "Next"),
        (task("f", ResultPath="$.a[0]"), "$.a[0]"),
        (task("f", Retry=[{"ErrorEquals": ["A"], "Until": 3}]), "Until"),
        ({"Type": "Wait", "Seconds": 5, "Next": "Done"}, "Seconds"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True}], "Default": "Done"},
            "IsNull",
        ),
    ],
)
def test_what_our_definitions_do_not_use_is_refused_by_name(state: Json, named: str) -> None:
    with pytest.raises(UnknownAsl) as refused:
        read_machine(machine("First", First=state), "plans")

    assert named in str(refused.value)
