"""The small machines whose histories are compared: every feature that our definitions use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from local.functions import InvocationRefused
from tests.workflow.engine_world import INVOKE, WAIT_FOR_TOKEN, task
from tests.workflow.small_histories import Example, Function, Surroundings

Json = Any


class Oops(Exception):
    """What a function raises."""


def _raising(times: int | None = None) -> Callable[[], Function]:
    """Return what makes a function that fails, at first or always."""

    def make() -> Function:
        calls: list[Json] = []

        def work(event: Json, _around: Surroundings) -> None:
            calls.append(event)
            if times is None or len(calls) <= times:
                raise Oops

        return work

    return make


def _throttled(_event: Json, _around: Surroundings) -> None:
    raise InvocationRefused


def _ringing(event: Json, around: Surroundings) -> None:
    around.later(partial(around.ring, event["token"]))


def _ringing_at_once(event: Json, around: Surroundings) -> None:
    around.ring(event["token"])


def _refusing(event: Json, around: Surroundings) -> None:
    around.later(partial(around.refuse, event["token"]))


def _long(_event: Json, around: Surroundings) -> None:
    around.outlast()


_CAUGHT = {"ResultPath": "$.error", "Next": "Done"}
_CATCH = [
    {"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], **_CAUGHT},
    {"ErrorEquals": ["States.ALL"], **_CAUGHT},
]
_RETRY = [
    {
        "ErrorEquals": ["Oops", "Lambda.TooManyRequestsException"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": 2,
        "JitterStrategy": "FULL",
    },
    {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1},
]


def _invoke(**more: Json) -> Json:
    return task("Work", INVOKE, Next="Done", **more)


def _rest(**more: Json) -> Json:
    fields = {"TimeoutSecondsPath": "$.seconds", "ResultPath": "$.step", "Catch": _CATCH, **more}
    return task("Work", WAIT_FOR_TOKEN, Next="Done", **fields)


def _each(child: Json, percentage: float = 100.0, **more: Json) -> Json:
    end: Json = {"Child done": {"Type": "Pass", "Result": {}, "End": True}}
    return {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"executionId": "small", "wave.$": "$$.Map.Item.Value"},
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": percentage,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Child",
            "States": {"Child": child, **(end if "Next" in child else {})},
        },
        "ResultPath": None,
        "Next": "Done",
        **more,
    }


def _which(variable: str) -> Json:
    rule = {"Variable": variable, "StringEquals": "GO", "Next": "Done"}
    return {"Type": "Choice", "Choices": [rule], "Default": "Bad"}


_CHILD = task("Work", INVOKE, Next="Child done", ResultPath=None)
_BAD: Json = {"Type": "Fail", "Error": "Bad", "CausePath": "$.cause"}
_FAILED_CHILD: Json = {"Type": "Fail", "Error": "WaveFailed", "Cause": "why"}
_SELECTED: Json = {"ResultSelector": {"answer.$": "$.Payload"}, "ResultPath": "$.step"}
_TWO: Json = {"items": ["a", "b"]}
_DAY: Json = {"seconds": 86_400}
_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"

EXAMPLES: dict[str, Example] = {
    "task": Example({"Task": _invoke(TimeoutSeconds=150, **_SELECTED)}),
    "task-retried": Example({"Task": _invoke(Retry=_RETRY, Catch=_CATCH)}, _raising(times=2)),
    "task-retried-in-vain": Example({"Task": _invoke(Retry=_RETRY, Catch=_CATCH)}, _raising()),
    "task-throttled": Example({"Task": _invoke(Retry=_RETRY)}, lambda: _throttled),
    "task-caught": Example({"Task": _invoke(Catch=_CATCH)}, _raising()),
    "task-fails": Example({"Task": _invoke()}, _raising()),
    "task-timed-out": Example({"Task": _invoke(TimeoutSeconds=1, Catch=_CATCH)}, lambda: _long),
    "task-timed-out-twice": Example(
        {"Task": _invoke(TimeoutSeconds=1, Retry=_RETRY)}, lambda: _long
    ),
    "token-rung": Example({"Rest": _rest(Retry=_RETRY)}, lambda: _ringing, _DAY),
    "token-refused": Example({"Rest": _rest()}, lambda: _refusing, _DAY),
    "token-timed-out": Example({"Rest": _rest()}, data={"seconds": 60}),
    "token-function-fails": Example(
        {"Rest": _rest(Retry=_RETRY)}, _raising(times=1), {"seconds": 60}
    ),
    "token-function-caught": Example({"Rest": _rest()}, _raising(), _DAY),
    "token-rung-at-once": Example(
        {"Rest": _rest()},
        lambda: _ringing_at_once,
        _DAY,
        on_aws=(
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "SucceedStateEntered",
            "SucceedStateExited",
            "ExecutionSucceeded",
        ),
        because="moto takes no token before the function has ended, and so always has a "
        "TaskSubmitted; AWS says of a token only that whoever holds it may return it: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"
        "#connect-wait-token",
    ),
    "wait-choice-default-fail": Example(
        {
            "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Which?"},
            "Which?": _which("$.next"),
            "Bad": _BAD,
        },
        data={"seconds": 60, "next": "no", "cause": "why"},
    ),
    "choice-rule": Example({"Which?": _which("$.next"), "Bad": _BAD}, data={"next": "GO"}),
    "choice-of-nothing": Example(
        {"Which?": _which("$.next"), "Bad": _BAD},
        data={"cause": "why"},
        on_aws=("ExecutionStarted", "ChoiceStateEntered", "ExecutionFailed"),
        because="a path that points to nothing ends an execution on AWS with States.Runtime, in "
        f"moto it takes the default: {_ERRORS}",
    ),
    "map": Example({"Each": _each(_CHILD, Catch=_CATCH)}, data=_TWO),
    "map-of-nothing": Example({"Each": _each(_CHILD)}, data={"items": []}),
    "map-whose-child-fails": Example({"Each": _each(_FAILED_CHILD)}, data=_TWO),
    "map-whose-task-fails": Example({"Each": _each(_CHILD)}, _raising(), _TWO),
    "map-tolerates-no-more": Example(
        {"Each": _each(_FAILED_CHILD, percentage=40.0, Catch=_CATCH)},
        data=_TWO,
        on_aws=(
            "ExecutionStarted",
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunFailed",
            "MapStateFailed",
            "MapStateExited",
            "SucceedStateEntered",
            "SucceedStateExited",
            "ExecutionSucceeded",
        ),
        because="moto counts the failed children of a distributed map and lets it succeed: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html",
    ),
}
