"""Our state machines' definitions, read into what the interpreter walks through.

Only what the definitions use is known; any other state type or field raises UnknownAsl, for a
feature that is silently left out would prove nothing.
https://states-language.net/spec.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from local.virtual.paths import (
    Evaluate,
    Json,
    UnknownAsl,
    compile_path,
    compile_result_path,
    compile_template,
)

_INVOKE = "states:::lambda:invoke"
_FLOW = {"Type", "Comment", "Next"}
_RETRY_FIELDS = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
}
# What States.ALL and States.TaskFailed do not catch.
_UNCATCHABLE = {"States.DataLimitExceeded", "States.Runtime"}
_TIME_OUTS = {"States.Timeout", "States.HeartbeatTimeout"}


@dataclass(frozen=True)
class Errors:
    """The ErrorEquals of a Retry or Catch."""

    names: frozenset[str]

    def match(self, error: str) -> bool:
        """Return whether the error is meant."""
        if error in self.names:
            return True
        if error in _UNCATCHABLE:
            return False
        is_failure = "States.TaskFailed" in self.names and error not in _TIME_OUTS
        is_beat = error == "States.HeartbeatTimeout" and "States.Timeout" in self.names
        return "States.ALL" in self.names or is_failure or is_beat


@dataclass(frozen=True)
class Retrier:
    """When a failed task is tried again; `is_jittered`: after any time up to the delay."""

    errors: Errors
    interval_seconds: float
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: float | None
    is_jittered: bool

    def delay_seconds(self, attempt: int) -> float:
        """Return the longest wait before the retry numbered `attempt`, from 1."""
        # Beyond 2^60 any maximum counts.
        delay = self.interval_seconds * self.backoff_rate ** min(attempt - 1, 60)
        return delay if self.max_delay_seconds is None else min(delay, self.max_delay_seconds)


@dataclass(frozen=True)
class Catcher:
    """Where a state goes on after an error that no retry mended."""

    errors: Errors
    put: Callable[[Json, Json], Json]
    following: str


@dataclass(frozen=True)
class Task:
    """A Lambda function's call; `waits_for_token`: its result comes with the task's token."""

    arguments: Evaluate
    waits_for_token: bool
    select: Evaluate | None
    put: Callable[[Json, Json], Json]
    timeout_seconds: Evaluate
    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]
    following: str


@dataclass(frozen=True)
class DistributedMap:
    """One execution per item; `tolerated_percentage` of them may fail."""

    items: Evaluate
    select: Evaluate | None
    tolerated_percentage: float
    child: Machine
    put: Callable[[Json, Json], Json]
    catchers: tuple[Catcher, ...]
    following: str


@dataclass(frozen=True)
class Choice:
    """The first rule (variable, text, next state) that holds decides, else `otherwise`."""

    rules: tuple[tuple[Evaluate, str, str], ...]
    otherwise: str


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: Evaluate
    following: str


@dataclass(frozen=True)
class Succeed:
    """The end, well."""


@dataclass(frozen=True)
class Pass:
    """The end, well, with this output, whatever came in."""

    result: Json


@dataclass(frozen=True)
class Fail:
    """The end, not well."""

    error: str
    cause: Evaluate


State: TypeAlias = Task | DistributedMap | Choice | Wait | Succeed | Pass | Fail


@dataclass(frozen=True)
class Machine:
    """The states by their names, and the first."""

    start_at: str
    states: Mapping[str, State]


def read_machine(definition: str) -> Machine:
    """Read ASL text whose substitutions are made; raises UnknownAsl."""
    return _machine(json.loads(definition), "state machine")


def _machine(document: Mapping[str, Any], place: str) -> Machine:
    _refuse_unknown(document, {"Comment", "StartAt", "States", "ProcessorConfig"}, place)
    states = {name: _state(state, f"state {name!r}") for name, state in document["States"].items()}
    return Machine(document["StartAt"], states)


def _state(state: Mapping[str, Any], place: str) -> State:
    match state["Type"]:
        case "Task":
            return _task(state, place)
        case "Map":
            return _map(state, place)
        case "Choice":
            _refuse_unknown(state, {"Type", "Comment", "Choices", "Default"}, place)
            return Choice(tuple(_rule(each, place) for each in state["Choices"]), state["Default"])
        case "Wait":
            _refuse_unknown(state, {*_FLOW, "SecondsPath"}, place)
            return Wait(compile_path(state["SecondsPath"], place), state["Next"])
        case "Succeed" | "Pass" | "Fail":
            return _end(state, place)
    raise UnknownAsl(f"{place}: the type {state['Type']}")


def _end(state: Mapping[str, Any], place: str) -> Succeed | Pass | Fail:
    match state["Type"]:
        case "Succeed":
            _refuse_unknown(state, {"Type", "Comment"}, place)
            return Succeed()
        case "Pass":
            _refuse_unknown(state, {"Type", "Comment", "Result", "End"}, place)
            return Pass(state["Result"])
    _refuse_unknown(state, {"Type", "Comment", "Error", "Cause", "CausePath"}, place)
    return Fail(state["Error"], _given(state, "Cause", place))


def _task(state: Mapping[str, Any], place: str) -> Task:
    fields = {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"}
    _refuse_unknown(state, {*_FLOW, *fields, "TimeoutSeconds", "TimeoutSecondsPath"}, place)
    resource = str(state["Resource"]).partition(":")[2].partition(":")[2]
    if resource not in {_INVOKE, f"{_INVOKE}.waitForTaskToken"}:
        raise UnknownAsl(f"{place}: the resource {state['Resource']}")
    _refuse_unknown(state["Parameters"], {"FunctionName", "Payload"}, f"{place}, Parameters")
    return Task(
        arguments=compile_template(state["Parameters"], place),
        waits_for_token=resource.endswith("waitForTaskToken"),
        select=_optional_template(state, "ResultSelector", place),
        put=compile_result_path(state.get("ResultPath", "$"), place),
        timeout_seconds=_given(state, "TimeoutSeconds", place),
        retriers=tuple(_retrier(each, place) for each in state.get("Retry", [])),
        catchers=_catchers(state, place),
        following=state["Next"],
    )


def _map(state: Mapping[str, Any], place: str) -> DistributedMap:
    fields = {"ItemsPath", "ItemSelector", "ItemProcessor", "ResultPath", "Catch"}
    limits = {"MaxConcurrency", "ToleratedFailurePercentage"}
    _refuse_unknown(state, {*_FLOW, *fields, *limits}, place)
    processor = state["ItemProcessor"]
    if processor["ProcessorConfig"] != {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}:
        raise UnknownAsl(f"{place}: only distributed maps of standard executions")
    if state["MaxConcurrency"] != 0:
        raise UnknownAsl(f"{place}: a limit of the children's number")
    return DistributedMap(
        items=compile_path(state["ItemsPath"], place),
        select=_optional_template(state, "ItemSelector", place),
        tolerated_percentage=float(state["ToleratedFailurePercentage"]),
        child=_machine(processor, f"{place}, ItemProcessor"),
        put=compile_result_path(state.get("ResultPath", "$"), place),
        catchers=_catchers(state, place),
        following=state["Next"],
    )


def _rule(rule: Mapping[str, Any], place: str) -> tuple[Evaluate, str, str]:
    _refuse_unknown(rule, {"Variable", "StringEquals", "Next"}, f"{place}, Choices")
    return compile_path(rule["Variable"], place), rule["StringEquals"], rule["Next"]


def _retrier(retrier: Mapping[str, Any], place: str) -> Retrier:
    _refuse_unknown(retrier, _RETRY_FIELDS, f"{place}, Retry")
    if retrier.get("JitterStrategy", "NONE") not in {"NONE", "FULL"}:
        raise UnknownAsl(f"{place}: the JitterStrategy {retrier['JitterStrategy']}")
    return Retrier(
        errors=Errors(frozenset(retrier["ErrorEquals"])),
        interval_seconds=retrier.get("IntervalSeconds", 1),
        max_attempts=retrier.get("MaxAttempts", 3),
        backoff_rate=retrier.get("BackoffRate", 2.0),
        max_delay_seconds=retrier.get("MaxDelaySeconds"),
        is_jittered=retrier.get("JitterStrategy") == "FULL",
    )


def _catchers(state: Mapping[str, Any], place: str) -> tuple[Catcher, ...]:
    catchers = state.get("Catch", [])
    for catcher in catchers:
        _refuse_unknown(catcher, {"ErrorEquals", "ResultPath", "Next"}, f"{place}, Catch")
    return tuple(
        Catcher(
            Errors(frozenset(catcher["ErrorEquals"])),
            compile_result_path(catcher.get("ResultPath", "$"), place),
            catcher["Next"],
        )
        for catcher in catchers
    )


def _optional_template(state: Mapping[str, Any], field: str, place: str) -> Evaluate | None:
    return compile_template(state[field], f"{place}, {field}") if field in state else None


def _given(state: Mapping[str, Any], field: str, place: str) -> Evaluate:
    """Return what reads a field that is there as it is or as a path, None where it is missing."""
    if f"{field}Path" in state:
        return compile_path(state[f"{field}Path"], place)
    value = state.get(field)
    return lambda _data, _context: value


def _refuse_unknown(document: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        raise UnknownAsl(f"{place}: the field {unknown[0]}; teach it to local/virtual/asl.py")
