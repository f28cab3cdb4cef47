"""What Step Functions refuses at deployment: values of fields that are known, and wrong ways.

What it took here, and AWS did not, would prove a workflow that nobody can deploy.
https://states-language.net/spec.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST = 99_999_999
_LONGEST_DELAY_SECONDS = 31_622_399


class InvalidAsl(Exception):
    """The definition is none that may be deployed; names machine, state, field and value."""


def check(holds: bool, place: str, field: str, value: object, rule: str) -> None:
    """Raise InvalidAsl about the value of a field unless the rule holds."""
    if not holds:
        raise InvalidAsl(f"{place}, {field}: {value!r}: {rule}")


def check_ways(document: Mapping[str, Any], place: str) -> None:
    """Refuse ways to no state of this graph, to the state itself, and states without any.

    Step Functions lets a state name itself; moto goes on to its Next then, so this project does
    not: docs/decisions/0003-moto-under-patches.md.
    """
    states = document["States"]
    check(document["StartAt"] in states, place, "StartAt", document["StartAt"], "no such state")
    for name, state in states.items():
        for field, target in _ways(state):
            at = f"{place}, state {name!r}"
            check(target in states, at, field, target, "no such state")
            check(target != name, at, field, target, "a state must not name itself")
    reached: set[str] = set()
    waiting = [document["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [target for _, target in _ways(states[name])]
    for name in states:
        check(name in reached, place, "States", name, "no way leads to this state")


def _ways(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that name a state that may follow, and that state."""
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        for i, each in enumerate(state.get(field, [])):
            yield f"{field}[{i}].Next", each["Next"]


def check_errors(state: Mapping[str, Any], field: str, place: str) -> None:
    """Refuse an ErrorEquals of Retry or Catch that says nothing, or States.ALL before the end."""
    rules: Sequence[Mapping[str, Any]] = state.get(field, [])
    for i, rule in enumerate(rules):
        names, at = rule["ErrorEquals"], f"{field}[{i}].ErrorEquals"
        are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
        check(are_names and bool(names), place, at, names, "must be a list of at least one name")
        is_last = i == len(rules) - 1
        is_fine = "States.ALL" not in names or (is_last and len(names) == 1)
        check(is_fine, place, at, names, "States.ALL must stand alone, and last")


def check_numbers(retrier: Mapping[str, Any], place: str) -> None:
    """Refuse a Retry that would wait for no time, or try again a negative number of times."""
    check_whole(retrier, "IntervalSeconds", place, least=1)
    check_whole(retrier, "MaxAttempts", place, least=0)
    check_whole(retrier, "MaxDelaySeconds", place, least=1, most=_LONGEST_DELAY_SECONDS)
    rate = retrier.get("BackoffRate", 2)
    check(is_number(rate, 1), place, "BackoffRate", rate, "must be a number of at least 1")


def check_whole(
    document: Mapping[str, Any], field: str, place: str, *, least: int, most: int = _MOST
) -> None:
    """Refuse a field that is there but is no whole number from `least` to `most`."""
    value = document.get(field, least)
    is_whole = isinstance(value, int) and is_number(value, least, most)
    check(is_whole, place, field, value, f"must be a whole number from {least} to {most}")


def is_number(value: object, least: float, most: float = math.inf) -> bool:
    """Return whether it is a number from `least` to `most`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
