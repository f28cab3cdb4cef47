"""Executions: how they are started, stopped and read through the API."""

from __future__ import annotations

import functools
import json
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from typing import Any

from local.clock import ScaledClock
from local.moto_patches.seams import PARSER, Moto, Seam, module_global, service_error

_BACKEND = PARSER + "models:StepFunctionsParserBackend"
_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
_STATE_EXEC = PARSER + "asl.component.state.exec."
_MAX_INPUT_BYTES = 256 * 1024
_KEEP_THREADS = (
    PARSER + "asl.component.program.program",
    PARSER + "backend.execution_worker",
    _STATE_EXEC + "execute_state",
    _STATE_EXEC + "state_map.iteration.inline_iteration_component",
    _STATE_EXEC + "state_parallel.branch_worker",
    _STATE_EXEC + "state_task.service.state_task_service_callback",
)


class Threads:
    """The interpreter's threads; moto keeps them in a list for ever, this forgets the dead ones."""

    def __init__(self) -> None:
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._mutex = threading.Lock()

    def append(self, thread: threading.Thread) -> None:
        """Remember a thread; the name is the list's that this stands in for."""
        with self._mutex:
            self._threads.add(thread)

    def alive(self) -> list[threading.Thread]:
        """Return the threads that still run."""
        with self._mutex:
            return [thread for thread in self._threads if thread.is_alive()]


def seams(clock: ScaledClock, threads: Threads) -> list[Seam]:
    """Return the seams around the life of an execution."""
    return [
        Seam(_BACKEND, "start_execution", _start),
        Seam(_RESPONSE, "stop_execution", lambda _: lambda self: _answer_stop(self, clock)),
        Seam(_RESPONSE, "get_execution_history", lambda _: _answer_history),
        Seam(PARSER + "asl.parse.asl_parser:AmazonStateLanguageParser", "parse", _parse_once),
        *(module_global(module, "TMP_THREADS", threads) for module in _KEEP_THREADS),
    ]


_starting = threading.Lock()


def _start(original: Callable[..., Moto]) -> Callable[..., Moto]:
    """Name the unnamed, refuse bad names and input over 256 KiB, and let one name start once."""

    def start_execution(
        self: Moto,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Moto:
        if execution_input is not None and len(execution_input.encode()) > _MAX_INPUT_BYTES:
            raise service_error("InvalidExecutionInput", "The input is longer than 262144 bytes")
        _require_json(execution_input or "{}")
        if name is not None:
            self._validate_name(name)
        with _starting:
            execution = original(
                self, state_machine_arn, name or str(uuid.uuid4()), execution_input, trace_header
            )
        await_begin(execution)
        return execution

    return start_execution


def _require_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise service_error(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error


def await_begin(execution: Moto, patience_seconds: float = 5.0) -> None:
    """Wait until the execution's thread has made its environment and chosen its first state."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        env = execution.exec_worker.env if execution.exec_worker else None
        if env is not None and env.program_state() is not None:
            return
        time.sleep(0.001)


def _answer_stop(self: Moto, clock: ScaledClock) -> Moto:
    from moto.core.responses import ActionResult  # noqa: PLC0415

    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    execution.stop(
        stop_date=clock.now(), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return ActionResult({"stopDate": execution.stop_date or clock.now()})


def _parse_once(original: Callable[[str], Moto]) -> Moto:
    """moto parses the definition at every start; the parsed form holds nothing of a run."""
    return staticmethod(functools.lru_cache(maxsize=8)(original))


def _answer_history(self: Moto) -> Moto:
    from moto.core.responses import ActionResult  # noqa: PLC0415

    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    events = execution.to_history_output()["events"]
    if self._get_param("reverseOrder"):
        events.reverse()
    token = self._get_param("nextToken") or "0"
    if not token.isdecimal() or int(token) > len(events):
        raise service_error("InvalidToken", f"Invalid Token: '{token}'")
    # 0 means the default, which is 100, and 1,000 is the most:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
    size = min(self._get_param("maxResults") or 100, 1000)
    start, end = int(token), int(token) + size
    page: dict[str, Any] = {"events": events[start:end]}
    if end < len(events):
        page["nextToken"] = str(end)
    return ActionResult(page)


def stop_all(threads: Threads, clock: ScaledClock, patience_seconds: float = 30.0) -> None:
    """Stop every execution and wait for its threads, but not for ever: a handler may hang."""
    from moto.stepfunctions.parser.models import (  # noqa: PLC0415
        stepfunctions_parser_backends,
    )

    backend: Moto
    for _, _, backend in stepfunctions_parser_backends.iter_backends():
        for execution in backend._get_executions():
            execution.stop(stop_date=clock.now(), error="Engine.Stopped", cause="The engine stops")
    deadline = time.monotonic() + patience_seconds
    for thread in threads.alive():
        thread.join(max(0.0, deadline - time.monotonic()))
