"""Lambda tasks of the interpreter: a call in this process instead of one over HTTP."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local.functions import FunctionNotFound, FunctionRuntime, InvocationRefused, Outcome
from local.moto_patches.seams import PARSER, Moto, Seam

_SERVICE = (
    PARSER
    + "asl.component.state.exec.state_task.service.state_task_service_lambda:StateTaskServiceLambda"
)
_LAMBDA = PARSER + "asl.component.state.exec.state_task.lambda_eval_utils"


def seams(runtime: FunctionRuntime) -> list[Seam]:
    """Return the seams that hand `lambda:invoke` to `runtime`; errors look like those of boto3."""

    def invoke(parameters: dict[str, Any], region: str, state_credentials: Moto) -> dict[str, Any]:
        del region, state_credentials
        try:
            outcome = runtime.invoke(parameters["FunctionName"], parameters.get("Payload"))
        except FunctionNotFound as error:
            raise _client_error("ResourceNotFoundException", str(error), 404) from error
        except InvocationRefused as refusal:
            raise _client_error(refusal.code, refusal.message, refusal.http_status) from refusal
        return _response(outcome)

    return [
        Seam(_LAMBDA, "_invoke_lambda_function", lambda _: invoke),
        Seam(_SERVICE, "_eval_service_task", _unless_stopped),
    ]


class ExecutionStopped(Exception):
    """The execution was stopped before its task began; nobody sees this, it is ABORTED already."""


def _unless_stopped(original: Callable[..., None]) -> Callable[..., None]:
    """Begin no task of a stopped execution: moto looks only between states, and a stop may fall
    between that look and the call."""

    def evaluate(self: Moto, env: Moto, *args: Moto, **named: Moto) -> None:
        if not env.is_running():
            raise ExecutionStopped
        original(self, env, *args, **named)

    return evaluate


def _response(outcome: Outcome) -> dict[str, Any]:
    response: dict[str, Any] = {
        "StatusCode": 200,
        "ExecutedVersion": "$LATEST",
        "Payload": json.loads(outcome.payload),
    }
    if outcome.failed:
        response["FunctionError"] = "Unhandled"
    return response


def _client_error(code: str, message: str, http_status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": http_status,
                "RequestId": str(uuid.uuid4()),
                "HTTPHeaders": {},
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "Invoke",
    )
