"""Our state machines' definitions, read into what the interpreter walks through.

Only what the definitions use is known; any other state type or field raises UnknownAsl, for a
feature that is silently left out would prove nothing. What AWS refuses raises InvalidAsl.
https://states-language.net/spec.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.virtual.asl_rules import (
    InvalidAsl,
    check,
    check_errors,
    check_numbers,
    check_ways,
    check_whole,
    is_number,
)
from local.virtual.paths import (
    Evaluate,
    UnknownAsl,
    compile_path,
    compile_result_path,
    compile_template,
)
from local.virtual.states import (
    Catcher,
    Choice,
    DistributedMap,
    Errors,
    Fail,
    Machine,
    Pass,
    Retrier,
    State,
    Succeed,
    Task,
    Wait,
)

_INVOKE = re.compile(r"arn:aws[a-z-]*:states:::lambda:invoke(\.waitForTaskToken)?")
_FLOW = {"Type", "Comment", "Next"}
_RETRY_FIELDS = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
}


def read_machine(definition: str, name: str) -> Machine:
    """Read ASL text whose substitutions are made; raises UnknownAsl and InvalidAsl, which name the
    machine by `name`.
    """
    return _machine(json.loads(definition), f"state machine {name!r}")


def _machine(document: Mapping[str, Any], place: str) -> Machine:
    _refuse_unknown(document, {"Comment", "StartAt", "States"}, place)
    states = {
        name: _state(state, f"{place}, state {name!r}")
        for name, state in document["States"].items()
    }
    check_ways(document, place)
    return Machine(document["StartAt"], states)


def _state(state: Mapping[str, Any], place: str) -> State:
    try:
        return _of_type(state, place)
    except KeyError as missing:
        raise InvalidAsl(f"{place}: the field {missing} is missing") from missing


def _of_type(state: Mapping[str, Any], place: str) -> State:
    match state["Type"]:
        case "Task":
            return _task(state, place)
        case "Map":
            return _map(state, place)
        case "Choice":
            _refuse_unknown(state, {"Type", "Comment", "Choices", "Default"}, place)
            check(bool(state["Choices"]), place, "Choices", state["Choices"], "must not be empty")
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
            check(state["End"] is True, place, "End", state["End"], "must be true without a Next")
            return Pass(state["Result"])
    _refuse_unknown(state, {"Type", "Comment", "Error", "Cause", "CausePath"}, place)
    return Fail(state["Error"], _given(state, "Cause", place))


def _task(state: Mapping[str, Any], place: str) -> Task:
    fields = {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"}
    _refuse_unknown(state, {*_FLOW, *fields, "TimeoutSeconds", "TimeoutSecondsPath"}, place)
    resource = str(state["Resource"])
    if not _INVOKE.fullmatch(resource):
        raise UnknownAsl(f"{place}: the resource {resource}")
    check_whole(state, "TimeoutSeconds", place, least=1)
    check_errors(state, "Retry", place)
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
    processor = dict(state["ItemProcessor"])
    if processor.pop("ProcessorConfig") != {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}:
        raise UnknownAsl(f"{place}: only distributed maps of standard executions")
    if state["MaxConcurrency"] != 0:
        raise UnknownAsl(f"{place}: a limit of the children's number")
    tolerated = state["ToleratedFailurePercentage"]
    is_share = is_number(tolerated, 0, 100)
    check(is_share, place, "ToleratedFailurePercentage", tolerated, "must be from 0 to 100")
    return DistributedMap(
        items=compile_path(state["ItemsPath"], place),
        select=_optional_template(state, "ItemSelector", place),
        tolerated_percentage=float(tolerated),
        child=_machine(processor, f"{place}, ItemProcessor"),
        put=compile_result_path(state.get("ResultPath", "$"), place),
        catchers=_catchers(state, place),
        following=state["Next"],
    )


def _rule(rule: Mapping[str, Any], place: str) -> tuple[Evaluate, str, str]:
    _refuse_unknown(rule, {"Variable", "StringEquals", "Next"}, f"{place}, Choices")
    text = rule["StringEquals"]
    check(isinstance(text, str), place, "Choices, StringEquals", text, "must be a text")
    return compile_path(rule["Variable"], place), text, rule["Next"]


def _retrier(retrier: Mapping[str, Any], place: str) -> Retrier:
    _refuse_unknown(retrier, _RETRY_FIELDS, f"{place}, Retry")
    check_numbers(retrier, f"{place}, Retry")
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
    check_errors(state, "Catch", place)
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
    path = f"{field}Path"
    if path in state:
        check(field not in state, place, path, state[path], f"there is {field} besides")
        return compile_path(state[path], place)
    value = state.get(field)
    return lambda _data, _context: value


def _refuse_unknown(document: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        raise UnknownAsl(f"{place}: the field {unknown[0]}; teach it to local/virtual/asl.py")
