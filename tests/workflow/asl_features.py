"""What a definition uses of the Amazon States Language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stacks.definition import walk_states


def features(definition: Mapping[str, Any]) -> set[str]:
    """Return every field of every type of state, with the values that change what it does."""
    return {
        f"{state['Type']}: {feature}"
        for _, state in walk_states(dict(definition))
        for feature in _of_state(state)
    }


def _of_state(state: Mapping[str, Any]) -> Iterator[str]:
    for field, value in state.items():
        match field:
            case "Comment" | "Type":
                continue
            case "Resource":
                yield value.partition(":states:")[2]
            case "ItemProcessor":
                yield from _of_parts(field, value["ProcessorConfig"])
            case "Retry" | "Catch" | "Choices":
                for part in value:
                    yield from _of_parts(field, part)
            case "ResultPath" if value is None:
                yield "ResultPath null"
            case _:
                yield field


def _of_parts(field: str, part: Mapping[str, Any]) -> Iterator[str]:
    for name, value in part.items():
        match name:
            case "ErrorEquals":
                yield from (f"{field} of {each}" for each in value if each.startswith("States."))
            case "Mode" | "ExecutionType" | "JitterStrategy":
                yield f"{field} {name} {value}"
            case _:
                yield f"{field} {name}"
