"""Waits, retries, time-outs and timestamps of the interpreter under the laptop's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
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
    """How long the time-outs of a definition last.

    A handler runs in real time whatever the scale, so the time-out of a Lambda task is never
    shorter than `task_floor_seconds` (real); that of a token never than `token_floor_seconds`. A
    token wait with a constant TimeoutSeconds waits for a person: it is scaled only with
    `human_scaled`. A wait whose length the workflow computed (TimeoutSecondsPath) is always scaled.
    """

    clock: ScaledClock
    human_scaled: bool = False
    task_floor_seconds: float = 5.0
    token_floor_seconds: float = 0.2

    def wait_for_token(self, answered: threading.Event, seconds: float, *, computed: bool) -> None:
        """Wait for the answer to a token, `seconds` at most."""
        if not (computed or self.human_scaled):
            answered.wait(min(seconds, threading.TIMEOUT_MAX))
            return
        self.clock.wait(
            answered, seconds, shortest_real_seconds=min(self.token_floor_seconds, seconds)
        )

    def wait_for_task(self, ended: threading.Event, seconds: float) -> bool:
        """Wait for the end of any other task, `seconds` at most; return whether it has ended."""
        return self.clock.wait(
            ended, seconds, shortest_real_seconds=min(self.task_floor_seconds, seconds)
        )


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
    end = clock.now() + timedelta(seconds=simulated_seconds)
    look_up_seconds = _LOOK_UP_SECONDS * clock.scale
    while env.is_running() and (left := (end - clock.now()).total_seconds()) > 0:
        clock.wait(env.program_state_event, min(left, look_up_seconds))


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
    def wait_for_token(self: Moto, timeout_seconds: float, callback_endpoint: Moto) -> Moto:
        time_outs.wait_for_token(
            callback_endpoint._notify_event, timeout_seconds, computed=_is_computed(self)
        )
        return callback_endpoint.wait(timeout=0)

    return [
        *_task_time_outs(time_outs),
        module_global(
            PARSER + "asl.component.program.program",
            "threading",
            SimpleNamespace(Thread=partial(_ProgramThread, time_outs)),
        ),
        Seam(
            _SERVICE + "state_task_service_callback:StateTaskServiceCallback",
            "_wait_for_task_token_timeout",
            lambda _: wait_for_token,
        ),
    ]


def _task_time_outs(time_outs: TimeOuts) -> list[Seam]:
    current = threading.local()

    def note_resource(original: Callable[[Moto, Moto], None]) -> Callable[[Moto, Moto], None]:
        def evaluate(self: Moto, env: Moto) -> None:
            current.rests_on_token = _rests_on_token(self)
            original(self, env)

        return evaluate

    def new_event() -> _TaskEvent:
        return _TaskEvent(time_outs, rests_on_token=current.rests_on_token)

    execute_state = _STATE + "exec.execute_state"
    return [
        Seam(execute_state + ":ExecutionState", "_evaluate_with_timeout", note_resource),
        module_global(execute_state, "threading", SimpleNamespace(Event=new_event)),
    ]


class _TaskEvent:
    """Set when a task has ended; moto waits on it for the task's time-out.

    moto has a second timer for a token. That one decides, so that no answer falls in between.
    """

    def __init__(self, time_outs: TimeOuts, *, rests_on_token: bool) -> None:
        self._time_outs = time_outs
        self._rests_on_token = rests_on_token
        self._ended = threading.Event()

    def set(self) -> None:
        self._ended.set()

    def wait(self, timeout: float) -> bool:
        if self._rests_on_token:
            return self._ended.wait()
        return self._time_outs.wait_for_task(self._ended, timeout)


class _ProgramThread(threading.Thread):
    """Runs a program; moto joins it for the time-out of the whole machine."""

    def __init__(self, time_outs: TimeOuts, **named: Moto) -> None:
        super().__init__(**named)
        self._time_outs = time_outs
        self._ended = threading.Event()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._ended.set()

    def join(self, timeout: float | None = None) -> None:
        if timeout is None:
            super().join()
        else:
            self._time_outs.wait_for_task(self._ended, timeout)


def _rests_on_token(state: Moto) -> bool:
    resource = getattr(state, "resource", None)
    return getattr(resource, "condition", None) == "waitForTaskToken"


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
