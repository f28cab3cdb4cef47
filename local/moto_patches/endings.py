"""Executions: how they end, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from local.clock import ScaledClock
from local.events.status_changes import StatusChange
from local.moto_patches.executions import await_begin
from local.moto_patches.seams import PARSER, Moto, Seam

_EXECUTION = PARSER + "backend.execution:Execution"
Observer = Callable[[StatusChange], None]
"""Told of every execution that starts or ends; must neither block nor raise."""


def seams(clock: ScaledClock, observe: Observer) -> list[Seam]:
    """Return the seams around the end of an execution, whether by itself or by a stop."""
    return [
        Seam(_EXECUTION, "start", lambda original: _observed(original, observe)),
        Seam(_EXECUTION, "stop", lambda _: _observed_stop(observe)),
        Seam(
            PARSER + "backend.execution:BaseExecutionWorkerCommunication",
            "_reflect_execution_status",
            lambda _: lambda self: _reflect(self.execution, clock, observe),
        ),
        Seam(PARSER + "asl.eval.environment:Environment", "set_error", _keep_a_stop),
    ]


def _observed(original: Callable[[Moto], None], observe: Observer) -> Callable[[Moto], None]:
    def start(self: Moto) -> None:
        # Before its thread runs, or a short execution would end before it has started.
        observe(_change(self, status="RUNNING"))
        original(self)

    return start


def _observed_stop(observe: Observer) -> Callable[..., None]:
    def stop(self: Moto, stop_date: datetime, error: str | None, cause: str | None) -> None:
        if _stop(self, stop_date, error, cause):
            observe(_change(self))

    return stop


def _change(execution: Moto, status: str = "") -> StatusChange:
    """Return what there is to tell; one that has not begun has no status of its own yet."""
    status = status or str(execution.exec_status.value)
    return StatusChange(
        execution_arn=execution.exec_arn,
        state_machine_arn=execution.state_machine.arn,
        status=status,
        started_at=execution.start_date,
        stopped_at=execution.stop_date,
        input=execution.execution_input,
        output=execution.output if status == "SUCCEEDED" else None,
        error=execution.error,
        cause=execution.cause,
    )


_stopping = threading.Lock()


def _stop(self: Moto, stop_date: datetime, error: str | None, cause: str | None) -> bool:
    """Stop an execution and wake its tasks that rest on a token; moto leaves them asleep.

    Returns whether it ran until now: one that has ended, or was stopped before, stays as it is.
    """
    from moto.stepfunctions.parser.api import ExecutionStatus  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped  # noqa: PLC0415

    await_begin(self)
    env = self.exec_worker.env
    with _stopping:
        if self.exec_status != ExecutionStatus.RUNNING:
            return False
        env.set_stop(stop_date=stop_date, cause=cause, error=error)
        if not isinstance(env.program_state(), ProgramStopped):
            return False  # it has just ended by itself
        self.stop_date, self.error, self.cause = stop_date, error, cause
        self.exec_status = ExecutionStatus.ABORTED
    for endpoint in list(env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()
    return True


def _reflect(execution: Moto, clock: ScaledClock, observe: Observer) -> None:
    """Write an execution's end, its status last: who sees the status sees the rest too.

    The output is JSON text, also when it is a string or a number.
    """
    from moto.stepfunctions.parser.api import ExecutionStatus  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.eval import program_state as ended  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str  # noqa: PLC0415

    env = execution.exec_worker.env
    state: Moto = env.program_state()
    if isinstance(state, ended.ProgramStopped):
        return  # the stop itself wrote everything
    execution.stop_date = clock.now()
    if isinstance(state, ended.ProgramEnded):
        execution.output = to_json_str(env.states.get_input(), separators=(",", ":"))
        execution.exec_status = ExecutionStatus.SUCCEEDED
    elif isinstance(state, ended.ProgramTimedOut):
        execution.exec_status = ExecutionStatus.TIMED_OUT
    else:
        details: Moto = getattr(state, "error", None) or {"error": "States.Runtime"}
        execution.error, execution.cause = details.get("error"), details.get("cause")
        execution.exec_status = ExecutionStatus.FAILED
    observe(_change(execution))


def _keep_a_stop(original: Callable[..., None]) -> Callable[..., None]:
    """A task woken by a stop reports a time-out; that must not turn ABORTED into FAILED."""

    def set_error(self: Moto, error: Moto) -> None:
        from moto.stepfunctions.parser.asl.eval.program_state import (  # noqa: PLC0415
            ProgramStopped,
        )

        with self._state_mutex:
            if not isinstance(self._program_state, ProgramStopped):
                original(self, error)

    return set_error
