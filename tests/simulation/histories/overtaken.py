"""Functions of a random history whose connection Step Functions loses: they go on, slowly, beside
their repetition and whatever comes after it.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local.functions import Invocation, call_handler
from local.virtual.calls import Call, FunctionEnded
from local.virtual.functions import short_name
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld

Json = Any
_HISTORIES_SHARE = 0.15
# Of a function's calls the one before which it rests, and for how long.
_LAST_CALL, _RESTS_SECONDS = 15, (1.0, 15.0, 100.0)


@dataclass
class _Rest:
    calls_before: int
    seconds: float


class Overtaken:
    """Stands around every call of a handler; `count`: how many were overtaken."""

    def __init__(self, chance: random.Random) -> None:
        self.count = 0
        self._chance = chance
        is_one = chance.random() < _HISTORIES_SHARE
        self._share = chance.choice((0.02, 0.1)) if is_one else 0.0
        self._rests: dict[Process, _Rest] = {}
        self._world: VirtualWorld | None = None

    def befall(self, world: VirtualWorld) -> None:
        """Let it happen to a world, whose invoker this is."""
        self._world = world
        go_on = world.calls.before

        def rest(call: Call) -> None:
            process = world.schedule.current
            mine = self._rests.get(process) if process else None
            if mine:
                mine.calls_before -= 1
                if mine.calls_before == 0:
                    world.schedule.sleep(mine.seconds)
                    world.calls.strike(call.caller)
            go_on(call)

        if self._share:
            world.calls.before = rest

    def __call__(self, invocation: Invocation) -> Json:
        """Call the handler; or lose the connection, and let it go on in a process of its own."""
        world = self._world
        if world is None or self._chance.random() >= self._share:
            return call_handler(invocation)
        self.count += 1
        name = short_name(invocation.function)
        process = world.schedule.spawn(lambda: _go_on(world, process, invocation), name)
        if world.schedule.current:
            process.labels.update(world.schedule.current.labels)
        self._rests[process] = _Rest(
            self._chance.randint(1, _LAST_CALL), self._chance.choice(_RESTS_SECONDS)
        )
        world.calls.strike(name)
        raise FunctionEnded("Lambda.SdkClientException", "the connection was closed")


def _go_on(world: VirtualWorld, process: Process, invocation: Invocation) -> None:
    end = FunctionEnded("Sandbox.Timedout", "too slow")
    seconds = invocation.function.timeout_seconds
    timer = world.schedule.after(seconds, lambda: process.kill(end))
    try:
        with suppress(Exception, FunctionEnded):
            call_handler(invocation)
    finally:
        timer.cancel()
