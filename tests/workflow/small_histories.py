"""Small machines that use what our definitions use, each run on both interpreters."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import boto3

from local.virtual.results import Answer
from tests.simulation.world.small_machines import Workbench
from tests.workflow.engine_world import running
from tests.workflow.state_visits import (
    End,
    Event,
    end_of_moto,
    end_of_virtual,
    of_moto,
    of_virtual,
    watched_children,
    within,
)

Json = Any
_RUNG_AFTER_SECONDS = 60.0


class Surroundings(Protocol):
    """What a function may do to the interpreter that called it."""

    def ring(self, token: str) -> None: ...

    def refuse(self, token: str) -> None: ...

    def later(self, action: Callable[[], None]) -> None: ...

    def outlast(self) -> None: ...


Function = Callable[[Json, Surroundings], Json]


@dataclass(frozen=True)
class Example:
    """States, the first of which comes first, beside `Done`, and the function that they call.

    `on_aws`: what AWS writes where moto is known to differ from it, and `because` says why.
    """

    states: Mapping[str, Json]
    work: Callable[[], Function] = lambda: lambda _event, _around: None
    data: Json = field(default_factory=dict)
    on_aws: tuple[str, ...] | None = None
    because: str = ""

    @property
    def definition(self) -> Json:
        """The machine, with its functions as `${tokens}`."""
        states = {**self.states, "Done": {"Type": "Succeed"}}
        return {"StartAt": next(iter(self.states)), "States": states}


@dataclass(frozen=True)
class Told:
    """The histories of one execution and of its children, by item, and its end without causes."""

    events: list[Event]
    children: dict[str, list[Event]]
    end: End
    transitions: int | None = None


class _OfMoto:
    def __init__(self) -> None:
        self.ended = threading.Event()

    def ring(self, token: str) -> None:
        boto3.client("stepfunctions").send_task_success(taskToken=token, output="{}")

    def refuse(self, token: str) -> None:
        boto3.client("stepfunctions").send_task_failure(taskToken=token, error="No", cause="none")

    def later(self, action: Callable[[], None]) -> None:
        # After the function's answer, which takes a few milliseconds.
        threading.Timer(0.2, action).start()

    def outlast(self) -> None:
        self.ended.wait(10)


def told_by_moto(example: Example) -> Told:
    """Run the example on moto's interpreter."""
    around, work = _OfMoto(), example.work()
    with (
        watched_children() as children,
        running(example.definition, {"Work": lambda event: work(event, around)}) as world,
    ):
        arn = world.start(example.data)
        end = end_of_moto(world.end_of(arn)).without_causes()
        events = of_moto(world.history(arn))
        around.ended.set()
        return Told(events, {wave: list(child) for (_, wave), child in children.items()}, end)


class _OfVirtual:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def ring(self, token: str) -> None:
        self._bench.interpreter.answer(token, Answer({}))

    def refuse(self, token: str) -> None:
        self._bench.interpreter.answer(token, Answer(error="No", cause="none"))

    def later(self, action: Callable[[], None]) -> None:
        self._bench.schedule.after(_RUNG_AFTER_SECONDS, action)

    def outlast(self) -> None:
        self._bench.schedule.sleep(600)


def told_by_virtual(example: Example) -> Told:
    """Run the example in virtual time."""
    work = example.work()
    definition = json.dumps(example.definition).replace("${Work}", "Work")
    bench = Workbench(definition, {"Work": lambda event: work(event, _OfVirtual(bench))})
    run = bench.run(example.data)
    return Told(
        of_virtual(run),
        {child.input["wave"]: within(of_virtual(child)) for child in run.children},
        end_of_virtual(run).without_causes(),
        run.transitions,
    )
