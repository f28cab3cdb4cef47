"""Small definitions on the virtual-time interpreter, their functions as callables."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from local.functions import InvocationRefused, outcome_of
from local.virtual.interpreter import Interpreter
from local.virtual.latencies import INSTANT, Latencies
from local.virtual.processes import Schedule
from local.virtual.results import Invoked
from local.virtual.runs import Run

MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:machine"
INVOKE = "arn:aws:states:::lambda:invoke"
WAIT_FOR_TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"
DONE = {"Type": "Succeed"}
Json = Any


def task(function: str, following: str = "Done", **fields: Json) -> Json:
    """Return a task that calls a function with its whole input and keeps the answer only."""
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": function, "Payload": {"input.$": "$"}},
        "ResultSelector": {"answer.$": "$.Payload"},
        "TimeoutSeconds": 150,
        "Next": following,
        **fields,
    }


def machine(first: str, **states: Json) -> str:
    """Return a definition whose states have spaces where the names have underscores, and the end
    Done if one of them leads there.
    """
    named = {name.replace("_", " "): state for name, state in states.items()}
    leads_to_done = first == "Done" or '"Done"' in json.dumps(named)
    end = {"Done": DONE} if leads_to_done else {}
    return json.dumps({"StartAt": first, "States": {**named, **end}})


class Workbench:
    """One machine on an interpreter; a function takes `seconds` and gets its payload."""

    def __init__(
        self,
        definition: str,
        functions: Mapping[str, Callable[[Json], Json]] | None = None,
        *,
        seconds: float = 0.0,
        seed: int = 0,
        latencies: Latencies = INSTANT,
    ) -> None:
        self.schedule = Schedule()
        self._functions = dict(functions or {})
        self._seconds = seconds
        self.interpreter = Interpreter(
            {MACHINE: definition}, self.schedule, self._invoke, random.Random(seed), latencies
        )

    def run(self, data: Json = None) -> Run:
        """Run one execution to its end."""
        run = self.start(data)
        while run.is_running:
            assert self.schedule.step(), f"stuck after {run.states}"
        return run

    def start(self, data: Json = None) -> Run:
        """Start one execution."""
        return self.interpreter.start(MACHINE, "run", {} if data is None else data)

    def _invoke(self, function: str, payload: bytes, done: Callable[[Invoked], None]) -> None:
        def call() -> None:
            self.schedule.sleep(self._seconds)
            try:
                done(outcome_of(lambda: self._functions[function](json.loads(payload)), "f", "r"))
            except InvocationRefused as refusal:
                done(refusal)

        self.schedule.spawn(call, function)


def raising(name: str, message: str = "") -> Callable[[Json], Json]:
    """Return a function that fails with an error of that name."""

    def fail(_: Json) -> Json:
        raise type(name, (Exception,), {})(message)

    return fail
