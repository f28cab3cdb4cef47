"""Events and schedules on their way in virtual time: looked after when something is due."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from local.function_directory import FunctionDirectory
from local.functions import FunctionNotFound, InvocationRefused
from local.targets import TargetKind, kind_of
from local.virtual.interpreter import Interpreter
from local.virtual.processes import Schedule, Timer

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_RETRIES_AFTER_SECONDS = (60.0, 120.0)
# Launches end one by one; who tells of them looks no more often than this.
_ROUNDED_SECONDS = 1.0


class Ticked(Protocol):
    """Something that does what is due when it is ticked, and says when that is."""

    @property
    def changed(self) -> threading.Event:
        """Set whenever the next time may have changed."""
        ...

    def next_at(self) -> datetime | None:
        """Return when a tick has something to do next."""
        ...

    def tick(self) -> None:
        """Do what is due."""
        ...


class Heartbeat:
    """Ticks a service exactly when it has something to do; call `look` after every step."""

    def __init__(self, schedule: Schedule, ticked: Ticked) -> None:
        self._schedule = schedule
        self._ticked = ticked
        self._timer: Timer | None = None

    def look(self) -> None:
        """Plan the next tick anew if something has changed."""
        if self._ticked.changed.is_set():
            self._ticked.changed.clear()
            self._plan()

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        moment = self._ticked.next_at()
        self._timer = None if moment is None else self._schedule.at(moment, self._tick)

    def _tick(self) -> None:
        self._ticked.tick()
        self._plan()


class LaunchResults:
    """DRS's events as something to be ticked: at the ends of launches, and when one is due."""

    def __init__(
        self,
        changed: threading.Event,
        next_end: Callable[[], datetime | None],
        next_event: Callable[[], datetime | None],
        tick: Callable[[], None],
    ) -> None:
        self.changed = changed
        self.tick = tick
        self._next_end = next_end
        self._next_event = next_event

    def next_at(self) -> datetime | None:
        """Return when a launch has ended, or an event is due, next."""
        end, event = self._next_end(), self._next_event()
        if end is not None:
            end += timedelta(seconds=_ROUNDED_SECONDS)
        return min((each for each in (end, event) if each is not None), default=None)


class Deliveries:
    """Hands events and scheduled inputs to their targets; `deliver` is a `courier.Deliver`."""

    def __init__(
        self, schedule: Schedule, functions: FunctionDirectory, interpreter: Interpreter
    ) -> None:
        self._schedule = schedule
        self._functions = functions
        self._interpreter = interpreter
        self._count = 0

    def deliver(self, target_arn: str, input_json: str) -> None:
        """Begin the invocation or the execution; nobody waits for it."""
        self._count += 1
        name = f"delivery-{self._count}"
        match kind_of(target_arn):
            case TargetKind.FUNCTION:
                self._schedule.spawn(lambda: self._invoke(target_arn, input_json), name)
            case TargetKind.STATE_MACHINE:
                self._interpreter.start(target_arn, name, json.loads(input_json))
            case None:
                # The template refuses such a target; a schedule of the product's may name one, and
                # that is a mistake of ours, which ends the history instead of being lost.
                raise NotImplementedError(f"{target_arn}: local/targets.py knows no such target")

    def _invoke(self, function_arn: str, input_json: str) -> None:
        """Invoke as Lambda does asynchronously: again after one minute and after two more."""
        for wait_seconds in (*_RETRIES_AFTER_SECONDS, None):
            try:
                if not self._functions.at_arn(function_arn)(input_json.encode()).failed:
                    return
            except (FunctionNotFound, InvocationRefused):
                pass
            if wait_seconds is not None:
                self._schedule.sleep(wait_seconds)
