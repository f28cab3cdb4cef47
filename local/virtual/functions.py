"""Lambda in virtual time: an invocation is a process that takes turns with others, and may die."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from local.deployment import FunctionDefinition
from local.drs.ids import digest
from local.function_directory import FunctionDirectory
from local.functions import (
    FunctionRuntime,
    InvocationRefused,
    Invoker,
    Outcome,
    call_handler,
    failure,
)
from local.lambda_api import LambdaApi
from local.protocols.endpoint import AccountOf
from local.virtual.calls import FunctionEnded
from local.virtual.latencies import Latencies
from local.virtual.processes import Schedule, Signal
from local.virtual.results import Invoked


class VirtualRuntime(FunctionRuntime):
    """The functions of one deployment. `invocations` counts those that ran or were refused.

    A function that runs longer than its time-out is killed where it is.
    """

    def __init__(
        self,
        definitions: Iterable[FunctionDefinition],
        schedule: Schedule,
        latencies: Latencies,
        chance: random.Random,
        invoker: Invoker = call_handler,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__(definitions, invoker)
        self.invocations = 0
        self.new_request_id = lambda: digest("request", seed, self.invocations)[:32]
        self._schedule = schedule
        self._latencies = latencies
        self._chance = chance

    def begin(self, name: str, payload: bytes | None, done: Callable[[Invoked], None]) -> None:
        """Invoke a function in a process of its own; `done` takes what becomes of it."""
        function = self.find(name)
        short = short_name(function)

        def run() -> None:
            timer = self._schedule.after(function.timeout_seconds, time_out)
            try:
                done(self._outcome(name, payload))
            finally:
                timer.cancel()

        def time_out() -> None:
            message = f"Task timed out after {function.timeout_seconds:.2f} seconds"
            process.kill(FunctionEnded("Sandbox.Timedout", message))

        process = self._schedule.spawn(run, short, self._draw(self._latencies.invocation))

    def invoke(self, name: str, payload: bytes | None) -> Outcome:
        """Run a function for the process that calls, and return when it has ended."""
        ended: Signal[Invoked] = Signal(self._schedule)

        def take(invoked: Invoked) -> None:
            ended.set(invoked)

        self.begin(name, payload, take)
        ended.wait()
        if isinstance(ended.value, InvocationRefused):
            raise ended.value
        return ended.value

    def _outcome(self, name: str, payload: bytes | None) -> Invoked:
        self.invocations += 1
        try:
            return super().invoke(name, payload)
        except InvocationRefused as refusal:
            return refusal
        except FunctionEnded as end:
            return failure(end.error_type, f"RequestId: {self.new_request_id()} {end.message}")

    def _draw(self, seconds: float) -> float:
        return self._latencies.draw(seconds, self._chance)


def short_name(function: FunctionDefinition) -> str:
    """Return the logical id, which follows from the handler's module; physical names may not."""
    module = function.handler.split(".")[-2]
    return "".join(word.title() for word in module.split("_")) + "Function"


class VirtualLambdaApi(LambdaApi):
    """The Lambda API; asynchronous invocations are processes instead of threads."""

    def __init__(
        self, directory: FunctionDirectory, schedule: Schedule, account_of: AccountOf
    ) -> None:
        super().__init__(directory, schedule, lambda _: None, account_of)
        self._schedule = schedule

    def _begin(self, run: Callable[[], None]) -> None:
        self._schedule.spawn(run, "asynchronous invocation")
