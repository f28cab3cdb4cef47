"""Every call that leaves the product: counted, taking time, and the place where faults strike."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from botocore.exceptions import ClientError

from drs_orchestrator.adapters.items import ConditionFailedError
from local.functions import NoAnswer
from local.virtual.latencies import Latencies
from local.virtual.processes import Killed, Schedule

T = TypeVar("T")


class FunctionEnded(NoAnswer, Killed):
    """The same, raised by a call inside the handler: raise it where the function shall die."""


class Call(NamedTuple):
    """One call, from 1. `service` is the name that its requests are signed for.

    `caller` is what called: a function's short name, "request" for a person's, "" for what drives
    the world; `labels` are those of its process. The SDK sends what gets no answer again, as
    another call of the same `request`; "" where no SDK is about.
    """

    number: int
    service: str
    operation: str
    caller: str
    labels: dict[str, str]
    request: str = ""


class RefusedCall(NamedTuple):
    """A call that a hook gave an answer, an error of its service, when, and the error's code."""

    call: Call
    at: datetime
    code: str


Hook = Callable[[Call], None]
"""Stands before or after a call's effect; what it raises, the caller gets (FunctionEnded: dies)."""


class Calls:
    """All calls of one world: begun (`counts`) and arrived where they go (`effects`), by name;
    `arrived` says how many arrived at all.

    `struck` says of each caller when a hook last let one of its calls go wrong, or the invoker the
    call of itself; `refused` are those that a hook answered, for whom they were meant knows nothing
    of them.

    `before` and `after` may be replaced at any time.

    A call takes half of its time before its effect and half after it, and others run meanwhile. A
    refusal of DynamoDB's is an answer like any other: it takes its time, and may get lost.
    """

    def __init__(self, schedule: Schedule, latencies: Latencies, chance: random.Random) -> None:
        self.counts: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.arrived = 0
        self.struck: dict[str, datetime] = {}
        self.refused: list[RefusedCall] = []
        self.before: Hook = lambda _: None
        self.after: Hook = lambda _: None
        self._made = 0
        self._schedule = schedule
        self._latencies = latencies
        self._chance = chance

    def make(self, service: str, operation: str, effect: Callable[[], T], request: str = "") -> T:
        """Make one call: return what `effect` returns, raise what it or a hook raises."""
        process = self._schedule.current
        name = f"{service}.{operation}"
        self.counts[name] += 1
        self._made += 1
        call = Call(
            number=self._made,
            service=service,
            operation=operation,
            caller=process.name if process else "",
            labels=process.labels if process else {},
            request=request,
        )
        typical = self._latencies.of_call(service, operation)
        half = self._latencies.draw(typical, self._chance) / 2
        self._schedule.sleep(half)
        self._stand_by(self.before, call)
        answer: T | ConditionFailedError
        try:
            answer = effect()
        except ConditionFailedError as refusal:
            answer = refusal
        finally:
            self.effects[name] += 1
            self.arrived += 1
        self._stand_by(self.after, call)
        self._schedule.sleep(half)
        if isinstance(answer, ConditionFailedError):
            raise answer
        return answer

    def strike(self, caller: str) -> None:
        """Note that a fault has struck this caller now."""
        self.struck[caller] = self._schedule.now()

    def _stand_by(self, hook: Hook, call: Call) -> None:
        try:
            hook(call)
        except BaseException as error:
            self.strike(call.caller)
            if isinstance(error, ClientError):
                code = error.response["Error"]["Code"]
                self.refused.append(RefusedCall(call, self._schedule.now(), code))
            raise
