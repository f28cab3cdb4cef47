"""The operations of Step Functions that the product calls, in front of the interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable

from local.drs import CallFault, CallRecord
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.errors import AwsError
from local.protocols.requests import Document
from local.protocols.service import AwsService
from local.virtual.interpreter import (
    Interpreter,
    NameTaken,
    NoSuchExecution,
    NoSuchToken,
    TokenSpent,
)
from local.virtual.paths import Json
from local.virtual.results import Answer

_MAX_INPUT_BYTES = 256 * 1024
_CODES: dict[type[Exception], str] = {
    NameTaken: "ExecutionAlreadyExists",
    NoSuchExecution: "ExecutionDoesNotExist",
    NoSuchToken: "InvalidToken",
    TokenSpent: "TaskTimedOut",
}


class StepFunctions(AwsService):
    """A WSGI application; `call_faults` may be changed at any time."""

    def __init__(self, interpreter: Interpreter, setting: Setting) -> None:
        self.call_faults: list[CallFault] = []
        self._interpreter = interpreter
        operations: dict[str, Callable[[Call], Document]] = {
            "StartExecution": self._start,
            "DescribeExecution": self._describe,
            "SendTaskSuccess": self._succeed,
        }
        self._endpoint = Endpoint(
            "stepfunctions",
            {name: _explained(operation) for name, operation in operations.items()},
            setting,
            lambda: self.call_faults,
        )

    @property
    def calls(self) -> list[CallRecord]:
        """Every call so far, oldest first."""
        return self._endpoint.calls

    def _start(self, call: Call) -> Document:
        text = str(call.params.get("input", "{}"))
        if len(text.encode()) > _MAX_INPUT_BYTES:
            raise AwsError("InvalidExecutionInput", "The input is longer than 262144 bytes")
        name = call.params.get("name") or f"unnamed-{len(self._interpreter.executions) + 1}"
        machine_arn = str(call.params["stateMachineArn"])
        try:
            run = self._interpreter.start(machine_arn, name, _parsed(text, "InvalidExecutionInput"))
        except NoSuchExecution as error:
            raise AwsError("StateMachineDoesNotExist", str(error)) from error
        return {"executionArn": run.arn, "startDate": run.started_at}

    def _describe(self, call: Call) -> Document:
        run = self._interpreter.find(call.params["executionArn"])
        return {
            "executionArn": run.arn,
            "stateMachineArn": run.machine_arn,
            "name": run.name,
            "status": run.status,
            "startDate": run.started_at,
            "stopDate": run.stopped_at,
            "input": json.dumps(run.input),
            "output": json.dumps(run.output) if run.status == "SUCCEEDED" else None,
            "error": run.error,
            "cause": run.cause,
        }

    def _succeed(self, call: Call) -> Document:
        output = _parsed(call.params["output"], "InvalidOutput")
        self._interpreter.answer(call.params["taskToken"], Answer(output))
        return {}


def _explained(operation: Callable[[Call], Document]) -> Callable[[Call], Document]:
    def perform(call: Call) -> Document:
        try:
            return operation(call)
        except tuple(_CODES) as error:
            raise AwsError(_CODES[type(error)], str(error)) from error

    return perform


def _parsed(text: str, code: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AwsError(code, f"Invalid JSON: '{error}'") from error
