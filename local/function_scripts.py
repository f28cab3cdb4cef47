"""What functions of others do on the laptop, by script: those that the actions of a plan invoke.

As JSON (camelCase), by the function's name, or by its ARN for one account and Region only:
    {"warm-cache": {"answer": {"keys": 812}, "seconds": 30},
     "notify": [{"errorType": "QueueFull", "errorMessage": "try later"}, {}],
     "arn:aws:lambda:eu-west-1:444455556666:function:audit": {"refusal": "AccessDeniedException"}}
With a list each invocation takes the next script, and the last one for good.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from local.clock import PassingClock
from local.drs.ids import partition
from local.drs.state import Scope
from local.function_directory import FunctionCall
from local.functions import InvocationRefused, Outcome, failure

_REMEMBERED_INVOCATIONS = 100_000
_HTTP_STATUSES = {
    "TooManyRequestsException": 429,
    "AccessDeniedException": 403,
    "ServiceException": 500,
}


class FunctionScript(BaseModel):
    """The course of one invocation.

    It takes `seconds` of simulated time and returns `answer`, or fails with `error_type`, which
    may be the runtime's own, e.g. Sandbox.Timedout. `refusal`: Lambda does not run it at all.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )

    answer: Any = None
    seconds: Annotated[float, Field(ge=0)] = 0.0
    error_type: str | None = None
    error_message: str = ""
    refusal: (
        Literal["TooManyRequestsException", "AccessDeniedException", "ServiceException"] | None
    ) = None


Scripts = Mapping[str, FunctionScript | Annotated[list[FunctionScript], Field(min_length=1)]]


@dataclass(frozen=True)
class FunctionInvocation:
    """An invocation that began at `at`. `outcome`: OK, the error type, or the refusal's code."""

    account_id: str
    region: str
    name: str
    event: Any
    at: datetime
    outcome: str


class ScriptedFunctions:
    """Functions that answer by script; new `scripts` begin with the first of each list."""

    def __init__(self, clock: PassingClock, scripts: Scripts | None = None) -> None:
        self._scripts: Scripts = dict(scripts or {})
        self._clock = clock
        self._counts: Counter[tuple[Scope, str]] = Counter()
        self._invocations: deque[FunctionInvocation] = deque(maxlen=_REMEMBERED_INVOCATIONS)
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    @property
    def scripts(self) -> Scripts:
        """The scripts in force."""
        return self._scripts

    @scripts.setter
    def scripts(self, scripts: Scripts) -> None:
        with self._lock:
            self._scripts = scripts
            self._counts.clear()

    @property
    def invocations(self) -> list[FunctionInvocation]:
        """Every invocation so far, oldest first (the last 100,000)."""
        with self._lock:
            return list(self._invocations)

    def find(self, scope: Scope, name: str) -> FunctionCall | None:
        """Return the function `name` of an account and Region, None if no script plays it."""
        if self._scripts_of(scope, name):
            return lambda payload: self._invoke(scope, name, payload)
        return None

    def stop(self) -> None:
        """Let the invocations under way end at once."""
        self._stopped.set()

    def _scripts_of(self, scope: Scope, name: str) -> Sequence[FunctionScript]:
        arn = f"arn:{partition(scope.region)}:lambda:{scope.region}:{scope.account_id}"
        script = self._scripts.get(f"{arn}:function:{name}") or self._scripts.get(name) or []
        return [script] if isinstance(script, FunctionScript) else script

    def _invoke(self, scope: Scope, name: str, payload: bytes) -> Outcome:
        event = json.loads(payload or b"{}")
        with self._lock:
            scripts = self._scripts_of(scope, name) or [FunctionScript()]
            script = scripts[min(self._counts[scope, name], len(scripts) - 1)]
            self._counts[scope, name] += 1
            outcome = script.refusal or script.error_type or "OK"
            at = self._clock.now()
            self._invocations.append(FunctionInvocation(*scope, name, event, at, outcome))
        if script.refusal is not None:
            status = _HTTP_STATUSES[script.refusal]
            raise InvocationRefused(script.refusal, "Refused by script", status)
        self._clock.take(self._stopped, script.seconds)
        if script.error_type is not None:
            return failure(script.error_type, script.error_message)
        return Outcome(json.dumps(script.answer).encode(), failed=False)
