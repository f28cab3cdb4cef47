"""JSONPath as far as our definitions use it: `$`, `$.a.b`, and `$$.a.b` for the context object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value as `json.loads` returns it; nobody changes one that others may hold."""
Evaluate: TypeAlias = Callable[[Json, Mapping[str, Json]], Json]
"""Returns a value, given the state's input and the context object."""

_PATH = re.compile(r"\$\$?(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class UnknownAsl(Exception):
    """The definition uses what this interpreter does not know; the message names the place."""


class PathNotFound(Exception):
    """The input holds nothing at the path."""


def compile_path(text: object, place: str) -> Evaluate:
    """Return what reads a path; raises UnknownAsl for one that is not as simple as ours."""
    names, in_context = _names(text, place)

    def read(data: Json, context: Mapping[str, Json]) -> Json:
        value: Json = context if in_context else data
        for name in names:
            if not isinstance(value, Mapping) or name not in value:
                raise PathNotFound(f"the path {text} points to nothing in the state's input")
            value = value[name]
        return value

    return read


def compile_template(template: Json, place: str) -> Evaluate:
    """Return what fills in a payload template: `"name.$": "$.path"`, at any depth."""
    if isinstance(template, Mapping):
        members = [_member(name, value, place) for name, value in template.items()]
        return lambda data, context: {name: fill(data, context) for name, fill in members}
    if isinstance(template, list):
        items = [compile_template(item, place) for item in template]
        return lambda data, context: [fill(data, context) for fill in items]
    return lambda _data, _context: template


def _member(name: str, value: Json, place: str) -> tuple[str, Evaluate]:
    if name.endswith(".$"):
        return name[:-2], compile_path(value, f"{place}, {name}")
    return name, compile_template(value, place)


def compile_result_path(text: object, place: str) -> Callable[[Json, Json], Json]:
    """Return what puts a result into a state's input; None: the input stays as it is."""
    if text is None:
        return lambda data, _result: data
    names, in_context = _names(text, place)
    if in_context:
        raise UnknownAsl(f"{place}: a result cannot go into the context object")
    return lambda data, result: _put(data, names, result)


def _put(data: Json, names: list[str], result: Json) -> Json:
    if not names:
        return result
    held = data if isinstance(data, Mapping) else {}
    return {**held, names[0]: _put(held.get(names[0]), names[1:], result)}


def _names(text: object, place: str) -> tuple[list[str], bool]:
    if not isinstance(text, str) or not _PATH.fullmatch(text):
        raise UnknownAsl(f"{place}: the path {text!r}; known are $, $.a.b and $$.a.b")
    root, *names = text.split(".")
    return names, root == "$$"
