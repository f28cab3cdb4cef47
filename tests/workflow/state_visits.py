"""Histories of Step Functions as both interpreters write them, event by event.

On AWS each child of a distributed map has a history. moto writes its events too, but shows them to
nobody, so this looks over its shoulder.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from local.moto_patches.seams import PARSER, Moto, Patches, Seam
from local.virtual.runs import Run

_ENTERED = "StateEntered"
_BEGINS = (_ENTERED, "TaskScheduled")
_FAILED = "TaskFailed"


@dataclass(frozen=True)
class Event:
    """One event; `state` is the state it belongs to, `error` that of a task that failed."""

    type: str
    state: str = ""
    error: str | None = None


@dataclass(frozen=True)
class End:
    """How an execution ended: with an output, or with an error and its cause."""

    status: str
    output: Any
    error: str | None
    cause: str | None

    def without_causes(self) -> End:
        """Return it without the words about errors of functions: stacks, and moto's own names."""
        return replace(self, output=_without_causes(self.output), cause=None)


def end_of_moto(described: Mapping[str, Any]) -> End:
    """Return what DescribeExecution answers of an execution that has ended."""
    output = json.loads(described["output"]) if described.get("output") else None
    return End(described["status"], output, described.get("error"), described.get("cause"))


def end_of_virtual(run: Run) -> End:
    """Return the end of an execution in virtual time."""
    return End(run.status, run.output, run.error, run.cause)


def _without_causes(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without_causes(each) for name, each in value.items() if name != "Cause"}
    return [_without_causes(each) for each in value] if isinstance(value, list) else value


Histories = Mapping[tuple[str, str], list[Event]]
"""The events of children, by execution id and wave."""


@contextmanager
def watched_children() -> Iterator[Histories]:
    """Yield what moto has written so far of the children of distributed maps."""
    watch = _Watch()
    owner = PARSER + "asl.eval.event.event_manager:EventManager"
    patches = Patches([Seam(owner, "add_event", watch.around)])
    patches.apply()
    try:
        yield watch.histories
    finally:
        patches.undo()


@dataclass
class _Watch:
    histories: dict[tuple[str, str], list[Event]] = field(default_factory=lambda: defaultdict(list))
    # Whose event it is, and of which state, by the list that moto keeps it in and its number there.
    _owners: dict[tuple[int, int], tuple[tuple[str, str], str]] = field(default_factory=dict)
    # Kept, so that no later list gets the id of one that is gone.
    _managers: dict[int, Moto] = field(default_factory=dict)

    def around(self, original: Callable[..., int]) -> Callable[..., int]:
        def add_event(manager: Moto, context: Moto, event_type: Moto, **named: Moto) -> int:
            before = int(context.source_event_id)
            number = original(manager, context, event_type, **named)
            self._managers[id(manager)] = manager
            owner = _entered_by(named.get("event_details") or {}) or self._owners.get(
                (id(manager), before)
            )
            if owner is not None:
                self._owners[id(manager), number] = owner
                error = _error(named.get("event_details") or {})
                self.histories[owner[0]].append(Event(str(event_type.value), owner[1], error))
            return number

        return add_event


def _entered_by(details: Mapping[str, Any]) -> tuple[tuple[str, str], str] | None:
    """Return whose state was entered, None for any other event and for states that are no child's.

    Every event but the first of a child names the one before it, so this is all that must be known.
    """
    entered = details.get("stateEnteredEventDetails")
    if entered is None:
        return None
    data = json.loads(entered["input"])
    if not isinstance(data, dict) or "wave" not in data:
        return None
    return (data["executionId"], data["wave"]), entered["name"]


def of_moto(history: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Return what GetExecutionHistory answers."""
    events: list[Event] = []
    state = ""
    for each in history:
        state = each.get("stateEnteredEventDetails", {}).get("name", state)
        events.append(Event(each["type"], state, _error(each)))
    return events


def of_virtual(run: Run) -> list[Event]:
    """Return the history of an execution in virtual time."""
    events: list[Event] = []
    state = ""
    for each in run.history:
        state = each.name if each.enters else state
        events.append(Event(each.type, state, each.name if each.type == _FAILED else None))
    return events


def _error(details: Mapping[str, Any]) -> str | None:
    failed = details.get("taskFailedEventDetails")
    return failed["error"] if failed else None


def types(events: Iterable[Event]) -> list[str]:
    """Return the types alone."""
    return [each.type for each in events]


def within(events: Sequence[Event]) -> list[Event]:
    """Return the events without those of the execution itself: its start and its end."""
    return [each for each in events if not each.type.startswith("Execution")]


def states(events: Iterable[Event]) -> list[str]:
    """Return the states entered, in order."""
    return [each.state for each in events if each.type.endswith(_ENTERED)]


def pieces(events: Iterable[Event]) -> set[tuple[str, ...]]:
    """Return the types of a history cut where a state is entered or a task is tried.

    Whoever knows all pieces knows how many events a history has whose states and tries he knows.
    """
    found: list[list[str]] = []
    for type_ in types(events):
        if not found or type_.endswith(_BEGINS):
            found.append([])
        found[-1].append(type_)
    return {tuple(piece) for piece in found}


def transitions(events: Iterable[Event]) -> int:
    """Return what AWS bills: every state entered, and every further try of a task.

    https://aws.amazon.com/step-functions/pricing/
    """
    counted = types(events)
    entered = sum(each.endswith(_ENTERED) for each in counted)
    tasks = sum(each == "TaskStateEntered" for each in counted)
    return entered + counted.count("TaskScheduled") - tasks
