"""Step Functions in virtual time: starts, stops and follows executions, and takes tokens' answers.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from local.events.status_changes import StatusChange
from local.virtual.asl import read_machine
from local.virtual.latencies import Latencies
from local.virtual.paths import Json
from local.virtual.processes import Killed, Process, Schedule, Signal
from local.virtual.results import Answer, Invoke
from local.virtual.runs import Run
from local.virtual.walk import Walk


class NoSuchExecution(Exception):
    """No execution, or no state machine, of that ARN."""


class NameTaken(Exception):
    """An execution of that name was started before, with other input or to its end."""


class TokenSpent(Exception):
    """The task that the token belongs to rests no more."""


class NoSuchToken(Exception):
    """No task ever had the token."""


class Interpreter:
    """All executions of the deployed state machines; `definitions` are their ASL texts by ARN.

    `on_change` is told of every execution, children included, that starts or ends.
    """

    def __init__(
        self,
        definitions: Mapping[str, str],
        schedule: Schedule,
        invoke: Invoke,
        chance: random.Random,
        latencies: Latencies,
        on_change: Callable[[StatusChange], None] = lambda _: None,
    ) -> None:
        self.schedule = schedule
        self.invoke = invoke
        self.chance = chance
        self.latencies = latencies
        self.executions: dict[str, Run] = {}
        self._children: dict[str, Run] = {}
        self._machines = {
            arn: read_machine(text, arn.rpartition(":")[2]) for arn, text in definitions.items()
        }
        self._on_change = on_change
        self._tokens: dict[str, Signal[Answer]] = {}
        self._processes: dict[str, Process] = {}

    def start(self, machine_arn: str, name: str, data: Json) -> Run:
        """Start an execution, or return the running one of the same name and input.

        Raises NoSuchExecution and NameTaken.
        """
        if machine_arn not in self._machines:
            raise NoSuchExecution(f"State Machine Does Not Exist: '{machine_arn}'")
        arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        known = self.executions.get(arn)
        if known is not None:
            if known.is_running and known.input == data:
                return known
            raise NameTaken(f"Execution Already Exists: '{arn}'")
        run = Run(arn, name, machine_arn, self._machines[machine_arn], data, self.schedule.now())
        self.executions[arn] = run
        self.begin(run)
        return run

    def find(self, execution_arn: str) -> Run:
        """Return the execution, which may be a child; raise NoSuchExecution."""
        run = self.executions.get(execution_arn) or self._children.get(execution_arn)
        if run is None:
            raise NoSuchExecution(f"Execution Does Not Exist: '{execution_arn}'")
        return run

    def stop(self, execution_arn: str, error: str | None, cause: str | None) -> Run:
        """Stop an execution with its children; functions under way go on. One that ended stays."""
        run = self.find(execution_arn)
        for each in [run, *run.children]:
            if each.is_running:
                each.error, each.cause = error, cause
                process = self._processes.pop(each.arn, None)
                # A child that was not dispatched yet finds out when it would begin.
                if process is not None and process.has_begun:
                    process.kill(Killed())
                self.end(each, "ABORTED")
        return run

    def answer(self, token: str, answer: Answer) -> None:
        """Give the task that holds the token its result; raises NoSuchToken and TokenSpent."""
        if token not in self._tokens:
            raise NoSuchToken("Invalid Token: 'Invalid token'")
        if not self._tokens[token].set(answer):
            raise TokenSpent("Task Timed Out: 'Provided task does not exist anymore'")

    # What the walks of executions use.

    def begin(self, run: Run, delay_seconds: float = 0) -> Signal[Run]:
        """Let an execution run; the signal comes with its end."""
        ended: Signal[Run] = Signal(self.schedule)
        if run.parent is not None:
            self._children[run.arn] = run

        def walk() -> None:
            try:
                if run.is_running:
                    Walk(self, run)()
            finally:
                self._processes.pop(run.arn, None)
                ended.set(run)

        run.note(self.schedule.now(), "ExecutionStarted")
        self._on_change(run.change())
        process = self.schedule.spawn(walk, run.name, delay_seconds)
        process.labels["execution"] = run.name
        self._processes[run.arn] = process
        return ended

    def end(self, run: Run, status: str) -> None:
        """Write an execution's end and tell of it."""
        run.end(self.schedule.now(), status)
        self._on_change(run.change())

    def new_token(self, result: Signal[Answer]) -> str:
        """Return a token for a task, whose answer `result` takes."""
        token = f"task-token-{len(self._tokens) + 1:08d}"
        self._tokens[token] = result
        return token

    def draw(self, seconds: float) -> float:
        """Return how long something takes this time."""
        return self.latencies.draw(seconds, self.chance)
