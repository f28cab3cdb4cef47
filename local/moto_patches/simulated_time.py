"""Waits, retries, time-outs and timestamps of the interpreter under the laptop's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import SimpleNamespace

from local.clock import ScaledClock
from local.moto_patches.seams import PARSER, Moto, Seam, module_global

_STATE = PARSER + "asl.component.state."
_SERVICE = _STATE + "exec.state_task.service."
_RETRIER = PARSER + "asl.component.common.retry.retrier_decl"
_USE_DATETIME = (
    PARSER + "asl.eval.event.event_manager",
    PARSER + "backend.execution",
    PARSER + "models",
    _STATE + "state",
    _STATE + "wait.wait_function.timestamp",
    _STATE + "exec.state_map.iteration.itemprocessor.map_run_record",
    _STATE + "exec.state_parallel.branches_decl",
)

# A stop pulses an event (set, then clear); whoever was just about to wait would miss it.
_LOOK_UP_SECONDS = 1.0


@dataclass(frozen=True)
class TimeOuts:
    """How long the time-outs of a definition last in real time.

    A handler runs in real time whatever the scale, so the time-out of a Lambda task is never
    shorter than `task_floor_seconds` (real); that of a token never than `token_floor_seconds`. A
    token wait with a constant TimeoutSeconds waits for a person: it is scaled only with
    `human_scaled`. A wait whose length the workflow computed (TimeoutSecondsPath) is always scaled.
    """

    clock: ScaledClock
    human_scaled: bool = False
    task_floor_seconds: float = 5.0
    token_floor_seconds: float = 0.2

    def token_seconds(self, seconds: float, *, computed: bool) -> float:
        """Return the real seconds that a token wait of `seconds` may last."""
        if not (computed or self.human_scaled):
            return min(seconds, threading.TIMEOUT_MAX)
        return max(self.clock.real_seconds(seconds), min(self.token_floor_seconds, seconds))

    def task_seconds(self, seconds: float) -> float:
        """Return the real seconds that any other time-out of `seconds` lasts."""
        return max(self.clock.real_seconds(seconds), min(self.task_floor_seconds, seconds))


def seams(clock: ScaledClock, time_outs: TimeOuts) -> list[Seam]:
    """Return the seams that put the interpreter under `clock`."""
    return [
        Seam(
            _STATE + "wait.wait_function.wait_function:WaitFunction",
            "_wait_interval",
            lambda _: lambda _self, env, wait_seconds: wait_while_running(env, clock, wait_seconds),
        ),
        *_retries(clock),
        *_time_outs(time_outs),
        *_timestamps(clock),
    ]


def wait_while_running(env: Moto, clock: ScaledClock, simulated_seconds: float) -> None:
    """Wait for simulated seconds, or until the execution of `env` stops."""
    end = time.monotonic() + clock.real_seconds(simulated_seconds)
    while env.is_running() and (left := end - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, _LOOK_UP_SECONDS))


def _retries(clock: ScaledClock) -> list[Seam]:
    current = threading.local()

    def remember_environment(
        original: Callable[[Moto, Moto], None],
    ) -> Callable[[Moto, Moto], None]:
        def evaluate(self: Moto, env: Moto) -> None:
            current.env = env
            original(self, env)

        return evaluate

    def sleep(simulated_seconds: float) -> None:
        wait_while_running(current.env, clock, simulated_seconds)

    return [
        Seam(_RETRIER + ":RetrierDecl", "_eval_body", remember_environment),
        module_global(_RETRIER, "time", SimpleNamespace(sleep=sleep)),
    ]


def _time_outs(time_outs: TimeOuts) -> list[Seam]:
    current = threading.local()

    def choose_scale(original: Callable[[Moto, Moto], None]) -> Callable[[Moto, Moto], None]:
        def evaluate(self: Moto, env: Moto) -> None:
            current.real_seconds = _scale_for(self, time_outs)
            original(self, env)

        return evaluate

    class TaskEvent(threading.Event):
        """Set when a task has ended; moto waits on it for the task's time-out."""

        def __init__(self) -> None:
            super().__init__()
            self._real_seconds: Callable[[float], float] = current.real_seconds

        def wait(self, timeout: float | None = None) -> bool:
            return super().wait(None if timeout is None else self._real_seconds(timeout))

    class ProgramThread(threading.Thread):
        """Runs a program; moto joins it for the time-out of the whole machine."""

        def join(self, timeout: float | None = None) -> None:
            super().join(None if timeout is None else time_outs.task_seconds(timeout))

    def wait_for_token(self: Moto, timeout_seconds: float, callback_endpoint: Moto) -> Moto:
        computed = _is_computed(self)
        return callback_endpoint.wait(
            timeout=time_outs.token_seconds(timeout_seconds, computed=computed)
        )

    execute_state = _STATE + "exec.execute_state"
    return [
        Seam(execute_state + ":ExecutionState", "_evaluate_with_timeout", choose_scale),
        module_global(execute_state, "threading", SimpleNamespace(Event=TaskEvent)),
        module_global(
            PARSER + "asl.component.program.program",
            "threading",
            SimpleNamespace(Thread=ProgramThread),
        ),
        Seam(
            _SERVICE + "state_task_service_callback:StateTaskServiceCallback",
            "_wait_for_task_token_timeout",
            lambda _: wait_for_token,
        ),
    ]


def _scale_for(state: Moto, time_outs: TimeOuts) -> Callable[[float], float]:
    resource = getattr(state, "resource", None)
    if getattr(resource, "condition", None) != "waitForTaskToken":
        return time_outs.task_seconds
    computed = _is_computed(state)

    def later_than_the_token(seconds: float) -> float:
        # Two timers watch a token. The inner one decides, so that no answer falls in between.
        own = time_outs.token_seconds(seconds, computed=computed)
        return min(own + time_outs.task_floor_seconds, threading.TIMEOUT_MAX)

    return later_than_the_token


def _is_computed(state: Moto) -> bool:
    return type(state.timeout).__name__ == "TimeoutSecondsPath"


def _timestamps(clock: ScaledClock) -> list[Seam]:
    class SimulatedDatetime(datetime):
        """`datetime` whose present is the clock's; without a zone it is UTC, never local time."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moto:
            moment = clock.now()
            return moment.replace(tzinfo=None) if tz is None else moment.astimezone(tz)

    stand_in = SimpleNamespace(
        datetime=SimulatedDatetime, timedelta=timedelta, timezone=timezone, UTC=UTC
    )
    return [
        *(module_global(module, "datetime", stand_in) for module in _USE_DATETIME),
        module_global("moto.stepfunctions.models", "utcnow", SimulatedDatetime.now),
    ]
