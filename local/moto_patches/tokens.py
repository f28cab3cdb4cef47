"""Task tokens: answers that are lost in moto, and answers that come too late."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from local.moto_patches.seams import PARSER, Moto, Seam, service_error

_CALLBACK = PARSER + "asl.eval.callback.callback"
_BACKEND = PARSER + "models:StepFunctionsParserBackend"
_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"


def seams() -> list[Seam]:
    """Return the seams that make task tokens behave as the service documents.

    An answer reaches its task exactly once; later ones, and those after a time-out, fail with
    TaskTimedOut.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    """
    return [
        Seam(_CALLBACK + ":CallbackEndpoint", "wait", lambda _: _wait_and_close),
        Seam(_CALLBACK + ":CallbackEndpoint", "notify", _notify_once),
        Seam(_BACKEND, "_get_executions", _only_begun),
        Seam(_BACKEND, "send_task_success", lambda _: _send_task_success),
        Seam(_BACKEND, "send_task_failure", lambda _: _send_task_failure),
        Seam(_RESPONSE, "send_task_failure", lambda _: _answer_send_task_failure),
        Seam(
            PARSER + "asl.component.common.error_name.custom_error_name:CustomErrorName",
            "__init__",
            lambda _: _accept_any_name,
        ),
    ]


_mutex = threading.Lock()


def _wait_and_close(self: Moto, timeout: float | None = None) -> Moto:
    from moto.stepfunctions.parser.asl.eval.callback import callback  # noqa: PLC0415

    self._notify_event.wait(timeout=timeout)
    with _mutex:
        self.consumer_error = callback.CallbackConsumerTimeout()
        return self._outcome


def _notify_once(original: Callable[[Moto, Moto], None]) -> Callable[[Moto, Moto], None]:
    def notify(self: Moto, outcome: Moto) -> None:
        with _mutex:
            if self.consumer_error is not None or self._outcome is not None:
                raise _task_timed_out()
            original(self, outcome)

    return notify


def _task_timed_out() -> Exception:
    return service_error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def _only_begun(original: Callable[..., list[Moto]]) -> Callable[..., list[Moto]]:
    """An execution whose thread has not run yet has no environment; moto would fail on it."""

    def get_executions(self: Moto, execution_status: Moto = None) -> list[Moto]:
        found = original(self, execution_status)
        return [e for e in found if e.exec_worker is not None and e.exec_worker.env is not None]

    return get_executions


def _send_task_success(self: Moto, task_token: str, outcome: str) -> None:
    from moto.stepfunctions.parser.asl.eval.callback import callback  # noqa: PLC0415

    try:
        json.loads(outcome)
    except (TypeError, ValueError) as error:
        raise service_error("InvalidOutput", f"Invalid Output: '{error}'") from error
    _notify(self, task_token, callback.CallbackOutcomeSuccess(task_token, outcome))


def _send_task_failure(
    self: Moto, task_token: str, error: str | None = None, cause: str | None = None
) -> None:
    from moto.stepfunctions.parser.asl.eval.callback import callback  # noqa: PLC0415

    _notify(self, task_token, callback.CallbackOutcomeFailure(task_token, error, cause))


def _notify(backend: Moto, task_token: str, outcome: Moto) -> None:
    for execution in backend._get_executions():
        endpoint = execution.exec_worker.env.callback_pool_manager.get(task_token)
        if endpoint is not None and execution.status != "RUNNING":
            raise _task_timed_out()
        if endpoint is not None:
            endpoint.notify(outcome)
            return
    raise service_error("InvalidToken", "Invalid Token: 'Invalid token'")


def _answer_send_task_failure(self: Moto) -> Moto:
    from moto.core.responses import EmptyResult  # noqa: PLC0415

    self.stepfunction_backend.send_task_failure(
        self._get_param("taskToken"),
        error=self._get_param("error"),
        cause=self._get_param("cause"),
    )
    return EmptyResult()


def _accept_any_name(self: Moto, error_name: str | None) -> None:
    """moto refuses a States.* error that comes out of a Map, and turns it into States.Runtime."""
    self.error_name = error_name
