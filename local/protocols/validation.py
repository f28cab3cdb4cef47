"""Checks parameters against their shape: required members, types, sizes, enums and patterns.

botocore checks only types, required members and minima before it sends; services check everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def violations(params: Mapping[str, object], shape: StructureShape | None) -> list[str]:
    """Return what is wrong with `params`, a sentence for each member, empty if nothing is."""
    return list(_structure(params, shape, "")) if shape else []


def _structure(value: Mapping[str, object], shape: StructureShape, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _broken(_member(path, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _value(value[name], member, _member(path, name))


def _value(value: object, shape: Shape, path: str) -> Iterator[str]:
    expected = _PYTHON_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield _broken(path, f"Member must be of type {shape.type_name}")
        return
    yield from _size(value, shape, path)
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        yield from _structure(value, shape, path)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for index, item in enumerate(value, start=1):
            yield from _value(item, shape.member, f"{path}.{index}.member")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            yield from _value(key, shape.key, f"{path}.{key}")
            yield from _value(item, shape.value, f"{path}.{key}")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _text(value, shape, path)


def _size(value: object, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(value, str | list | dict):
        size, unit = float(len(value)), "length"
    elif isinstance(value, int | float):
        size, unit = float(value), "value"
    else:
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _broken(path, f"Member must have {unit} greater than or equal to {low}")
    if high is not None and size > high:
        yield _broken(path, f"Member must have {unit} less than or equal to {high}")


def _text(value: str, shape: StringShape, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _broken(path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = _compiled(shape.metadata.get("pattern") or "")
    if pattern and not pattern.fullmatch(value):
        yield _broken(path, f"Member must satisfy regular expression pattern: {pattern.pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # The models hold Java patterns; Python knows no Unicode classes (\p{L}), nor \u in five digits.
    if not pattern or r"\p{" in pattern or r"\u" in pattern:
        return None
    return re.compile(pattern)


def _broken(path: str, rule: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: {rule}"


def _member(path: str, name: str) -> str:
    camel = f"{name[0].lower()}{name[1:]}"
    return f"{path}.{camel}" if path else camel
