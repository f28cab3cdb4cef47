"""A step whose connection Step Functions loses: it goes on beside its repetition, when it may."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from local.functions import Invocation, Invoker, call_handler
from local.virtual.calls import Call, FunctionEnded
from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld

Json = dict[str, Any]
_NAME = "outdated"


class Outdated:
    """The invoker of a world: the first invocation of `function` that is `chosen` loses its
    connection, rests before its call of that number or operation, and goes on when `let_go` says.

    `chosen` is asked before each, with the world and the payload; all others go to `others`.
    """

    def __init__(
        self,
        function: str,
        call: int | str = 1,
        chosen: Callable[[VirtualWorld, Json], bool] = lambda *_: True,
        others: Invoker = call_handler,
    ) -> None:
        self.rests = False
        self.has_gone_on = False
        self._function = function
        self._call = call
        self._chosen = chosen
        self._others = others
        self._calls = 0
        self._is_used = False
        self._may_go = False

    def watch(self, world: VirtualWorld) -> None:
        """Let it rest in this world."""
        self._world = world
        world.calls.before = self._rest

    def let_go(self) -> None:
        """Let it go on, and wait for its end."""
        assert self.rests, f"no {self._function} rests"
        self._may_go = True
        while not self.has_gone_on:
            self._world.schedule.sleep(0.1)

    def __call__(self, invocation: Invocation) -> object:
        """Call the handler, or lose the connection to it."""
        is_other = short_name(invocation.function) != self._function
        if is_other or self._is_used or not self._chosen(self._world, invocation.event):
            return self._others(invocation)
        self._is_used = True
        self._world.schedule.spawn(lambda: self._go_on(invocation), _NAME)
        while not self.rests and not self.has_gone_on:
            self._world.schedule.sleep(0.1)
        raise FunctionEnded("Lambda.SdkClientException", "the connection was closed")

    def _go_on(self, invocation: Invocation) -> None:
        with suppress(Exception):
            call_handler(invocation)
        self.has_gone_on = True

    def _rest(self, call: Call) -> None:
        if call.caller != _NAME:
            return
        self._calls += 1
        if self._call in {self._calls, call.operation}:
            self.rests = True
            while not self._may_go:
                self._world.schedule.sleep(0.1)
