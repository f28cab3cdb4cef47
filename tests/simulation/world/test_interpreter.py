"""The virtual-time interpreter against what Step Functions documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from local.functions import InvocationRefused
from local.virtual.asl import read_machine
from local.virtual.interpreter import NameTaken, NoSuchToken, TokenSpent
from local.virtual.latencies import Latencies
from local.virtual.paths import UnknownAsl
from local.virtual.results import Answer
from local.virtual.runs import Run
from tests.simulation.world.small_machines import (
    DONE,
    MACHINE,
    WAIT_FOR_TOKEN,
    Workbench,
    machine,
    raising,
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


def _failing_times(times: int, error: Exception) -> Callable[[Json], Json]:
    left = [times]

    def work(_: Json) -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "done"

    return work


RETRY = {
    "ErrorEquals": ["Lambda.TooManyRequestsException"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 5,
    "MaxAttempts": 4,
}


def test_retries_back_off_up_to_their_maximum_and_count_as_aws_bills_them() -> None:
    definition = machine("Work", Work=task("busy", Retry=[RETRY]))
    run = Workbench(definition, {"busy": _failing_times(4, InvocationRefused())}).run()

    assert run.status == "SUCCEEDED"
    assert run.stopped_at is not None
    assert run.stopped_at - run.started_at == timedelta(seconds=2 + 4 + 5 + 5)
    assert run.transitions == 2 + 4
    # Two for the execution, two to succeed, five for the task and three for each retry.
    assert len(run.history) == 2 + 2 + 5 + 4 * 3


def test_the_tries_of_one_visit_have_the_time_at_which_its_state_was_entered() -> None:
    entered: list[str] = []

    def work(event: Json) -> str:
        entered.append(event["entered"])
        if len(entered) == 1:
            raise InvocationRefused
        return "done"

    payload = {"entered.$": "$$.State.EnteredTime"}
    visit: Json = {"Parameters": {"FunctionName": "work", "Payload": payload}, "Retry": [RETRY]}
    definition = machine(
        "Work",
        Work=task("work", "Rest", **visit),
        Rest={"Type": "Wait", "SecondsPath": "$.answer.length", "Next": "Again"},
        Again=task("work", **visit),
    )
    bench = Workbench(definition, {"work": lambda event: {"length": len(work(event))}})

    assert bench.run().status == "SUCCEEDED"
    first, tried_again, later = entered
    assert first == tried_again == "2100-01-04T08:00:00.000Z"
    assert later == "2100-01-04T08:00:06.000Z"


def test_full_jitter_is_drawn_from_the_seed_and_never_longer_than_the_delay() -> None:
    def seconds(seed: int) -> float:
        definition = machine("Work", Work=task("busy", Retry=[{**RETRY, "JitterStrategy": "FULL"}]))
        bench = Workbench(definition, {"busy": _failing_times(1, InvocationRefused())}, seed=seed)
        bench.run()
        return bench.schedule.elapsed_seconds

    assert seconds(1) == seconds(1) != seconds(2)
    assert 0 < seconds(1) < 2


def test_when_the_retries_are_used_up_the_catch_gets_error_and_cause() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.step.error", "Next": "Rescue"}]
    once = [{**RETRY, "ErrorEquals": ["PlanNotFound"], "MaxAttempts": 1}]
    definition = machine(
        "Work",
        Work=task("find", Retry=once, Catch=catch),
        Rescue={"Type": "Fail", "Error": "Gone", "CausePath": "$.step.error.Cause"},
    )
    run = Workbench(definition, {"find": raising("PlanNotFound", "no such plan")}).run({"a": 1})

    assert run.states == ["Work", "Rescue"]
    assert json.loads(run.cause or "")["errorMessage"] == "no such plan"
    assert [e.name for e in run.history if e.type == "TaskFailed"] == ["PlanNotFound"] * 2


def test_a_task_that_takes_too_long_times_out_while_its_function_goes_on() -> None:
    ended: list[float] = []
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Done"}]
    definition = machine("Work", Work=task("slow", TimeoutSeconds=30, Catch=catch))
    bench = Workbench(
        definition, {"slow": lambda _: ended.append(bench.schedule.elapsed_seconds)}, seconds=100
    )
    run = bench.run({"kept": True})
    timed_out_after = bench.schedule.elapsed_seconds
    while bench.schedule.step():
        pass

    assert (timed_out_after, ended) == (30, [100])
    assert run.output == {"kept": True}
    assert "TaskTimedOut" in [e.type for e in run.history]


def _resting(seen: list[str], **fields: Json) -> Workbench:
    rest = {
        "Type": "Task",
        "Resource": WAIT_FOR_TOKEN,
        "Parameters": {"FunctionName": "hang", "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSecondsPath": "$.seconds",
        "ResultPath": "$.step",
        "Next": "Done",
        **fields,
    }
    return Workbench(
        machine("Rest", Rest=rest), {"hang": lambda event: seen.append(event["token"])}, seconds=1
    )


def test_a_task_rests_until_its_token_is_rung_once() -> None:
    tokens: list[str] = []
    bench = _resting(tokens)
    run = bench.start({"seconds": 3600})
    while not tokens:
        bench.schedule.step()
    bench.schedule.after(60, lambda: bench.interpreter.answer(tokens[0], Answer({"next": "START"})))
    while run.is_running:
        bench.schedule.step()

    assert bench.schedule.elapsed_seconds == 61
    assert run.output["step"] == {"next": "START"}
    assert len(run.history) == 2 + 2 + 6
    with pytest.raises(TokenSpent):
        bench.interpreter.answer(tokens[0], Answer({}))
    with pytest.raises(NoSuchToken):
        bench.interpreter.answer("another", Answer({}))


def test_a_token_that_nobody_rings_times_out_and_is_spent() -> None:
    tokens: list[str] = []
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.step.timeout", "Next": "Done"}]
    bench = _resting(tokens, Catch=catch)
    run = bench.run({"seconds": 60, "step": {"next": "HOLD"}})

    assert bench.schedule.elapsed_seconds == 60
    assert run.output["step"] == {"next": "HOLD", "timeout": {"Error": "States.Timeout"}}
    with pytest.raises(TokenSpent):
        bench.interpreter.answer(tokens[0], Answer({}))


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


def test_a_history_that_is_full_ends_the_execution_and_no_catch_helps() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    states = {
        "Turn": task("f", "Rest", ResultPath=None, Catch=catch),
        "Rest": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Turn"},
    }
    run = Workbench(machine("Turn", **states), {"f": lambda _: None}).run({"s": 30})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert len(run.history) == 25_000


@pytest.mark.parametrize("left", range(2, 12))
def test_a_history_may_become_full_at_any_event_of_a_turn(left: int) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Rest", "ResultPath": "$.error"}]
    states = {
        "Turn": task("f", "Rest", Resource=WAIT_FOR_TOKEN, TimeoutSeconds=60, Catch=catch),
        "Rest": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Turn"},
    }
    bench = Workbench(machine("Turn", **states), {"f": lambda _: None}, seconds=1)
    run = bench.start({"s": 30})
    while len(run.history) < 25_000 - left:
        run.note(bench.schedule.now(), "SomethingElse")
    while run.is_running:
        assert bench.schedule.step()

    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert len(run.history) == 25_000


@pytest.mark.parametrize("seconds", [2.5, "30", -1, True, None, 100_000_000])
def test_a_wait_takes_whole_seconds_only(seconds: Json) -> None:
    definition = machine("Rest", Rest={"Type": "Wait", "SecondsPath": "$.s", "Next": "Done"})
    run = Workbench(definition).run({"s": seconds})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize("seconds", [2.5, "30", 0])
def test_a_time_out_takes_whole_seconds_only(seconds: Json) -> None:
    run = _resting([]).run({"seconds": seconds})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")


def test_an_equal_start_while_it_runs_is_the_same_execution_and_any_other_is_refused() -> None:
    bench = Workbench(machine("Done"))
    first = bench.start({"a": 1})

    assert bench.start({"a": 1}) is first
    with pytest.raises(NameTaken):
        bench.interpreter.start(MACHINE, "run", {"a": 2})


def test_a_state_larger_than_aws_lets_through_ends_the_execution() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    definition = machine("Work", Work=task("big", Catch=catch))
    run = Workbench(definition, {"big": lambda _: "x" * 262_144}).run()

    assert run.error == "States.DataLimitExceeded"


def test_an_end_with_a_result_leaves_nothing_of_its_input() -> None:
    run = Workbench(machine("End", End={"Type": "Pass", "Result": {}, "End": True})).run({"a": 1})

    assert run.output == {}


def test_the_largest_state_may_be_an_answer_of_which_nothing_is_kept() -> None:
    definition = machine("Work", Work=task("big", ResultSelector={}, ResultPath=None))
    run = Workbench(definition, {"big": lambda _: "x" * 5_000}).run()

    assert run.output == {}
    assert 5_000 < run.largest_state_bytes < 5_100


def test_the_largest_state_may_be_what_a_map_gathers_and_throws_away() -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": 0,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Work",
            "States": {"Work": task("big"), "Done": DONE},
        },
        "ResultPath": None,
        "Next": "Done",
    }
    run = Workbench(machine("Each", Each=each), {"big": lambda _: "x" * 1_000}).run(
        {"items": list(range(20))}
    )

    assert all(child.largest_state_bytes < 2_000 for child in run.children)
    assert run.largest_state_bytes > 20 * 1_000


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
