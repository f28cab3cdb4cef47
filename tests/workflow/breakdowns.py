"""Functions that break when the cases of one laptop say so, each in its own executions only."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.functions import Invocation, InvocationRefused

_FIRST = "prepare_execution"


class Broken(Exception):
    """An error that no Retry of ours names."""


@dataclass(frozen=True)
class Breakdown:
    """A function breaks at its first `times` calls: throttled by Lambda, or by an error of its own.

    `wave` is for the functions of waves.
    """

    function: str
    wave: str | None = None
    times: int = 1
    throttled: bool = False

    @property
    def error(self) -> str:
        """The name that Step Functions gives it."""
        return "Lambda.TooManyRequestsException" if self.throttled else Broken.__name__


class Breakdowns:
    """An invoker; `of_cases` are the breakdowns by the names of cases.

    `otherwise`: the case that executions belong to whose plan was not noted.
    """

    def __init__(self, of_cases: Mapping[str, Sequence[Breakdown]], *, otherwise: str = "") -> None:
        self._of_cases = of_cases
        self._otherwise = otherwise
        self._cases: dict[str, str] = {}
        self._calls: Counter[tuple[str, Breakdown]] = Counter()
        self._lock = threading.Lock()

    def note(self, plan_id: str, case: str) -> None:
        """Let the executions of a plan belong to a case."""
        self._cases[plan_id] = case

    def __call__(self, invocation: Invocation) -> Any:  # noqa: ANN401 - a handler's answer
        """Call the handler, or break."""
        function = invocation.function.handler.split(".")[-2]
        event = invocation.event if isinstance(invocation.event, dict) else {}
        if function == _FIRST:
            plan_id = event["input"]["planId"]
            self._cases[event["executionId"]] = self._cases.get(plan_id, self._otherwise)
        case = self._cases.get(event.get("executionId", ""), "")
        for breakdown in self._of_cases.get(case, ()):
            if (breakdown.function, breakdown.wave) != (function, event.get("wave")):
                continue
            with self._lock:
                self._calls[case, breakdown] += 1
                breaks = self._calls[case, breakdown] <= breakdown.times
            if breaks:
                raise InvocationRefused if breakdown.throttled else Broken
        return invocation.proceed()
