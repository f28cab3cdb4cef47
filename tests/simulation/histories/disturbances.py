"""What disturbs a random history for a while: no schedule fires, Lambda is full, bells fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from local.drs import CallFault, CallFaultKind
from local.virtual.calls import Call, FunctionEnded
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld
from tests.simulation.troubles import silence_schedules

_SILENT_SHARE, _THROTTLED_SHARE, _BELLS_SHARE = 0.15, 0.15, 0.25
_BELLS_FAIL = (
    CallFaultKind.LOST_REQUEST,
    CallFaultKind.LOST_REQUEST,
    CallFaultKind.LOST_ANSWER,
    CallFaultKind.THROTTLE,
)


class Span(NamedTuple):
    """A while, in seconds since the history began."""

    begins: float
    seconds: float

    def holds(self, now: float) -> bool:
        """Return whether it lasts now."""
        return self.begins <= now < self.begins + self.seconds


@dataclass(frozen=True)
class Disturbances:
    """When schedules do not fire, when no function is let in, and which bells do not ring."""

    silence: Span | None = None
    throttle: Span | None = None
    bells: list[CallFault] = field(default_factory=list)

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        """Return what disturbs a history: mostly nothing."""
        silence = Span(chance.choice((0, 300, 1800)), chance.choice((600, 3600)))
        throttle = Span(chance.choice((5, 60, 300, 900)), chance.choice((60, 300)))
        bells = CallFault(
            chance.choice(_BELLS_FAIL),
            "SendTaskSuccess",
            times=chance.randint(1, 6),
            share=chance.choice((0.3, 1.0)),
        )
        return cls(
            silence if chance.random() < _SILENT_SHARE else None,
            throttle if chance.random() < _THROTTLED_SHARE else None,
            [bells] if chance.random() < _BELLS_SHARE else [],
        )

    def kinds(self) -> Iterator[str]:
        """Yield the name of each."""
        yield from ["SCHEDULER_SILENT"] if self.silence else []
        yield from ["LAMBDA_THROTTLED"] if self.throttle else []
        yield from (f"BELL_{each.kind}" for each in self.bells)

    def befall(self, world: VirtualWorld) -> None:
        """Let them happen to a world; calls that are struck already stay so."""
        world.step_functions.call_faults += self.bells
        if self.silence:
            _silence_schedules(world, self.silence)
        if self.throttle:
            _let_nobody_in(world, self.throttle)


def _silence_schedules(world: VirtualWorld, span: Span) -> None:
    def speak() -> None:
        silence_schedules(world, silent=False)

    world.schedule.after(span.begins, lambda: silence_schedules(world))
    world.schedule.after(span.begins + span.seconds, speak)


def _let_nobody_in(world: VirtualWorld, span: Span) -> None:
    """Refuse invocations at the first call that they make; those under way go on."""
    go_on, inside = world.calls.before, set[Process]()

    def refuse(call: Call) -> None:
        process = world.schedule.current
        if process is not None and call.caller.endswith("Function") and process not in inside:
            inside.add(process)
            if span.holds(world.schedule.elapsed_seconds):
                raise FunctionEnded("Lambda.TooManyRequestsException", "Rate Exceeded.")
        go_on(call)

    world.calls.before = refuse
