"""Checks a request against its shape: required members, types, lengths, patterns and enums.

botocore itself checks only types, required members and minima before it sends; the service checks
everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.drs.errors import invalid

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "list": (list, tuple),
    "map": (dict,),
    "structure": (dict,),
}


@dataclass(frozen=True)
class Violation:
    """A member that breaks its shape; `path` such as `sourceServers[0].sourceServerID`."""

    path: str
    message: str
    wrong_type: bool = False


def check(params: Mapping[str, object], shape: StructureShape | None) -> None:
    """Raise a ValidationException that lists every violation of `shape`."""
    violations = list(_structure(params, shape, "")) if shape else []
    if violations:
        first = violations[0]
        raise invalid(
            f"Invalid request body: {first.path}: {first.message}",
            fields=[(violation.path, violation.message) for violation in violations],
        )


def wrong_types(document: Mapping[str, object], shape: StructureShape) -> list[Violation]:
    """Return the members of `document` whose JSON type is not that of `shape`."""
    return [violation for violation in _structure(document, shape, "") if violation.wrong_type]


def _structure(
    value: Mapping[str, object], shape: StructureShape, path: str
) -> Iterator[Violation]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Violation(_member(path, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(value[name], member, _member(path, name))


def _violations(value: object, shape: Shape, path: str) -> Iterator[Violation]:
    expected = _PYTHON_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield Violation(path, f"Member must be of type {shape.type_name}", wrong_type=True)
        return
    yield from _size(value, shape, path)
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        yield from _structure(value, shape, path)
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _violations(item, shape.member, f"{path}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            yield from _violations(key, shape.key, f"{path}.{key}")
            yield from _violations(item, shape.value, f"{path}.{key}")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _text(value, shape, path)


def _size(value: object, shape: Shape, path: str) -> Iterator[Violation]:
    if isinstance(value, str | list | tuple | dict):
        size, unit = float(len(value)), "length"
    elif isinstance(value, int | float):
        size, unit = float(value), "value"
    else:
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield Violation(path, f"Member must have {unit} greater than or equal to {low}")
    if high is not None and size > high:
        yield Violation(path, f"Member must have {unit} less than or equal to {high}")


def _text(value: str, shape: StringShape, path: str) -> Iterator[Violation]:
    if shape.enum and value not in shape.enum:
        yield Violation(path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield Violation(path, f"Member must satisfy regular expression pattern: {pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
