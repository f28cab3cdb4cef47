"""Runs Lambda handlers in this process and reports errors as Lambda's Python runtime does.

Error shapes: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import importlib
import json
import logging
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from local.deployment import FunctionDefinition, Json

_LOG = logging.getLogger(__name__)


class FunctionNotFound(Exception):
    """No function of that name is deployed."""


class InvocationRefused(Exception):
    """Lambda refuses to run the function, for example because it is throttled (429)."""

    def __init__(
        self,
        code: str = "TooManyRequestsException",
        message: str = "Rate Exceeded.",
        http_status: int = 429,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status


class NoAnswer(BaseException):
    """The function's process ended without an answer: Runtime.ExitError or Sandbox.Timedout."""

    def __init__(
        self, error_type: str = "Runtime.ExitError", message: str = "Runtime exited"
    ) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


class FunctionCrashed(NoAnswer, Exception):
    """The same, raised by an invoker: around the handler, whose own `except` cannot meet it."""


@dataclass(frozen=True)
class LambdaContext:
    """The part of Lambda's context object that handlers and Powertools read; its time is real."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    timeout_seconds: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    started: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, in milliseconds of real time."""
        left_seconds = self.timeout_seconds - (time.monotonic() - self.started)
        return max(0, int(left_seconds * 1000))


def load_handler(function: FunctionDefinition) -> Callable[[Json, LambdaContext], Json]:
    """Return the handler that the template names; its module is imported once."""
    module, _, attribute = function.handler.rpartition(".")
    handler: Callable[[Json, LambdaContext], Json] = getattr(
        importlib.import_module(module.replace("/", ".")), attribute
    )
    return handler


@dataclass(frozen=True)
class Invocation:
    """One call of a function, before it happened; `working` stands around the handler's work."""

    function: FunctionDefinition
    event: Json
    context: LambdaContext
    working: Callable[[], AbstractContextManager[None]] = nullcontext

    def proceed(self) -> Json:
        """Call the handler that the template names and return what it returns."""
        handler = load_handler(self.function)
        with self.working():
            return handler(self.event, self.context)


Invoker = Callable[[Invocation], Json]
"""Stands around every call: returns the handler's answer, or raises.

InvocationRefused means that Lambda did not run the function, FunctionCrashed that it died; any
other exception counts as raised by the handler.
"""


def call_handler(invocation: Invocation) -> Json:
    """Call the handler and nothing else: the invoker when nobody injects faults."""
    return invocation.proceed()


@dataclass(frozen=True)
class Outcome:
    """The answer of an invocation: JSON text, and whether the function failed."""

    payload: bytes
    failed: bool


def outcome_of(call: Callable[[], Json], function_name: str, request_id: str) -> Outcome:
    """Run a function's code and report what becomes of it; raises only InvocationRefused."""
    try:
        result = call()
    except InvocationRefused:
        raise
    except FunctionCrashed as crash:
        return failure(crash.error_type, f"RequestId: {request_id} {crash}")
    except SystemExit as exit_:
        return failure("Runtime.ExitError", f"RequestId: {request_id} {exit_}")
    except Exception as error:  # noqa: BLE001 - as Lambda's own runtime, which answers with it
        _LOG.info("%s raised %s", function_name, type(error).__name__, exc_info=True)
        return failure(type(error).__name__, str(error), traceback.format_tb(error.__traceback__))
    return _success(result)


class FunctionRuntime:
    """The functions of one deployment; a handler's work goes on within `working` (of a clock)."""

    def __init__(
        self,
        definitions: Iterable[FunctionDefinition],
        invoker: Invoker = call_handler,
        working: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.definitions = {definition.name: definition for definition in definitions}
        self.new_request_id: Callable[[], str] = lambda: str(uuid.uuid4())
        self._invoker = invoker
        self._working = working

    def find(self, name: str) -> FunctionDefinition:
        """Return the function of that name, ARN or qualified ARN; raises FunctionNotFound."""
        parts = name.split(":")
        short = parts[parts.index("function") + 1] if "function" in parts else parts[0]
        if short not in self.definitions:
            raise FunctionNotFound(f"Function not found: {name}")
        return self.definitions[short]

    def invoke(self, name: str, payload: bytes | None) -> Outcome:
        """Run a function with a JSON payload.

        Raises FunctionNotFound and InvocationRefused; an error of the handler is an outcome, not an
        exception.
        """
        function = self.find(name)
        context = LambdaContext(
            function_name=function.name,
            invoked_function_arn=function.arn,
            memory_limit_in_mb=function.memory_mb,
            timeout_seconds=function.timeout_seconds,
            aws_request_id=self.new_request_id(),
        )
        event = json.loads(payload or b"{}")
        return outcome_of(
            lambda: self._invoker(Invocation(function, event, context, self._working)),
            function.name,
            context.aws_request_id,
        )


def _success(result: Json) -> Outcome:
    try:
        return Outcome(json.dumps(result).encode(), failed=False)
    except (TypeError, ValueError) as error:
        return failure("Runtime.MarshalError", f"Unable to marshal response: {error}")


def failure(error_type: str, message: str, stack_trace: list[str] | None = None) -> Outcome:
    """Return the outcome of a function that failed, as Lambda reports it."""
    report: dict[str, Any] = {"errorMessage": message, "errorType": error_type}
    if stack_trace is not None:
        report["stackTrace"] = stack_trace
    return Outcome(json.dumps(report).encode(), failed=True)
