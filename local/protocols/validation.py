"""Checks parameters against their shape: required members, types, sizes, enums and patterns.

botocore checks only types, required members and minima before it sends; services check everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
    "list": (list, tuple),
    "map": (dict,),
    "structure": (dict,),
}


@dataclass(frozen=True)
class Violation:
    """A member that breaks its shape."""

    path: str
    message: str
    wrong_type: bool = False


@dataclass(frozen=True)
class Checker:
    """Finds violations; `member` and `item` write the path of a part of what has a path."""

    member: Callable[[str, str], str]
    item: Callable[[str, int], str]

    def structure(
        self, value: Mapping[str, object], shape: StructureShape, path: str = ""
    ) -> Iterator[Violation]:
        """Return the members of `value` that break `shape`."""
        for name in shape.required_members:
            if value.get(name) is None:
                yield Violation(self.member(path, name), "Member must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from self._value(value[name], member, self.member(path, name))

    def _value(self, value: object, shape: Shape, path: str) -> Iterator[Violation]:
        expected = _PYTHON_TYPES[shape.type_name]
        if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            yield Violation(path, f"Member must be of type {shape.type_name}", wrong_type=True)
            return
        yield from _size(value, shape, path)
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            yield from self.structure(value, shape, path)
        elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from self._value(item, shape.member, self.item(path, index))
        elif isinstance(shape, MapShape) and isinstance(value, dict):
            for key, item in value.items():
                yield from self._value(key, shape.key, f"{path}.{key}")
                yield from self._value(item, shape.value, f"{path}.{key}")
        elif isinstance(shape, StringShape) and isinstance(value, str):
            yield from _text(value, shape, path)


def violations(params: Mapping[str, object], shape: StructureShape | None) -> list[str]:
    """Return what is wrong with `params`, a sentence for each member, empty if nothing is."""
    if shape is None:
        return []
    return [
        f"Value at '{each.path}' failed to satisfy constraint: {each.message}"
        for each in _CAMEL_CASE.structure(params, shape)
    ]


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
    pattern = _compiled(shape.metadata.get("pattern") or "")
    if pattern and not pattern.fullmatch(value):
        yield Violation(path, f"Member must satisfy regular expression pattern: {pattern.pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # The models hold Java patterns; Python knows no Unicode classes (\p{L}), nor \u in five digits.
    if not pattern or r"\p{" in pattern or r"\u" in pattern:
        return None
    return re.compile(pattern)


def _camel_case_member(path: str, name: str) -> str:
    camel = f"{name[0].lower()}{name[1:]}"
    return f"{path}.{camel}" if path else camel


_CAMEL_CASE = Checker(_camel_case_member, lambda path, index: f"{path}.{index + 1}.member")
