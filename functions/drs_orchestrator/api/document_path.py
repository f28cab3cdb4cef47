"""Where in a body an error is. pydantic's path also names branches of unions: no such steps exist.

Of a union it reports every branch that did not fit; people want to hear of the one they meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Step = str | int


class LocatedError(NamedTuple):
    """One of pydantic's errors, and the steps of its path that the document has."""

    error: Mapping[str, Any]
    path: tuple[Step, ...]
    unions: tuple[tuple[tuple[Step, ...], Step], ...]
    """pydantic's path to each union on the way, and the branch of it."""


def locate(errors: Sequence[Mapping[str, Any]], body: object) -> list[LocatedError]:
    """Return the errors of a body with their places, of each union those nearest to a fit."""
    located = [_walk(error, body) for error in errors]
    depths: defaultdict[tuple[Step, ...], dict[Step, int]] = defaultdict(dict)
    for each in located:
        for union, branch in each.unions:
            depths[union][branch] = max(depths[union].get(branch, 0), len(each.path))
    return [
        each
        for each in located
        if all(
            depths[union][branch] == max(depths[union].values()) for union, branch in each.unions
        )
    ]


def _walk(error: Mapping[str, Any], body: object) -> LocatedError:
    """Follow pydantic's path, which begins with `body`, as far as the document goes."""
    loc = tuple(error["loc"])[1:]
    path: list[Step] = []
    unions: list[tuple[tuple[Step, ...], Step]] = []
    here = body
    for i, step in enumerate(loc):
        found = _member(here, step)
        if found:
            here = found[0]
            path.append(step)
        elif error["type"] == "missing" and i == len(loc) - 1:
            path.append(step)
        elif step != "[key]":  # pydantic's mark of a wrong key
            unions.append((loc[:i], step))
    path += _discriminator(error)
    return LocatedError(error, tuple(path), tuple(unions))


def _member(value: object, step: Step) -> tuple[object] | None:
    """Return the member of a value, in a tuple of one; None if it has no such member."""
    if isinstance(value, dict) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return (value[step],)
    return None


def _discriminator(error: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the field that a tagged union needs and did not find, or did not understand."""
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        yield str(error["ctx"]["discriminator"]).strip("'")
