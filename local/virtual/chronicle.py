"""What happened in a world, as text that two worlds can be compared by, and as figures."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.drs import CallRecord
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld


@dataclass(frozen=True)
class Counts:
    """What AWS would count and bill, over all executions of a world.

    transitions: of Step Functions. most_events: in the fullest history of one execution.
    invocations: of functions. calls: by service and operation, each sending of a request. bytes:
    of the largest that a state took or gave, and of the largest item that was ever written.
    """

    transitions: int
    most_events: int
    invocations: int
    calls: Counter[str]
    largest_state_bytes: int
    largest_item_bytes: int
    quota_errors: int


def count(world: VirtualWorld) -> Counts:
    """Return the figures of a world so far."""
    runs = list(_runs(world))
    return Counts(
        transitions=sum(run.transitions for run in runs),
        most_events=max((len(run.history) for run in runs), default=0),
        invocations=world.runtime.invocations,
        calls=Counter(world.calls.counts),
        largest_state_bytes=max((run.largest_state_bytes for run in runs), default=0),
        largest_item_bytes=max(table.largest_item_bytes() for table in world.tables.values()),
        quota_errors=world.simulator.outcomes["ServiceQuotaExceededException"],
    )


def chronicle(world: VirtualWorld) -> str:
    """Return every event of every execution, every call of DRS, and all items at the end."""
    told = heapq.merge(*(_events(run) for run in _runs(world)), _calls(world.simulator.calls))
    return "\n".join([*told, *_items(world), ""])


def _runs(world: VirtualWorld) -> Iterator[Run]:
    for run in world.interpreter.executions.values():
        yield run
        yield from run.children


def _events(run: Run) -> Iterator[str]:
    for number, event in enumerate(run.history):
        yield f"{event.at.isoformat()} {run.name} {number:05d} {event.type} {event.name}"


def _calls(calls: Iterable[CallRecord]) -> Iterator[str]:
    for number, call in enumerate(calls):
        place = f"{call.account_id} {call.region}"
        asked = json.dumps(call.params, sort_keys=True, default=str)
        told = f"{call.operation} {place} {asked} {call.outcome} {call.job_id or ''}"
        yield f"{call.at.isoformat()} DRS {number:05d} {told}"


def _items(world: VirtualWorld) -> Iterator[str]:
    for name, table in sorted(world.tables.items()):
        for key, record in table.items.everything():
            yield f"{name} {key.pk} {key.sk} {json.dumps(record, sort_keys=True)}"
