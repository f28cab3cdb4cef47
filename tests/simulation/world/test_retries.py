"""Tries of one visit of a state, and what catches the last one, as Step Functions has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local.functions import InvocationRefused
from tests.simulation.world.small_machines import (
    Workbench,
    machine,
    raising,
    task,
)

Json = Any


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
