"""The slice of the Lambda API that the AWS CLI needs to look at functions and to invoke them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from local.deployment import FunctionDefinition
from local.functions import FunctionNotFound, FunctionRuntime, InvocationRefused
from local.wsgi import answer

_ROUTE = re.compile(r"^/2015-03-31/functions(?:/(?P<name>[^/]+)(?P<invoke>/invocations)?)?/?$")


class LambdaApi:
    """A WSGI application that answers ListFunctions, GetFunction and Invoke.

    `background` is told of every thread that runs an asynchronous invocation.
    """

    def __init__(
        self, runtime: FunctionRuntime, background: Callable[[threading.Thread], None]
    ) -> None:
        self._runtime = runtime
        self._background = background

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self._route(environ)
        return answer(start_response, status, body, headers)

    def _route(self, environ: WSGIEnvironment) -> tuple[int, dict[str, str], bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        match = _ROUTE.match(path)
        try:
            if match and match["invoke"] and method == "POST":
                return self._invoke(unquote(match["name"]), environ)
            if match and method == "GET" and not match["invoke"]:
                return self._describe(match["name"])
        except FunctionNotFound as error:
            return _error(404, "ResourceNotFoundException", str(error))
        except InvocationRefused as refusal:
            return _error(refusal.http_status, refusal.code, refusal.message)
        return _error(
            501,
            "NotImplementedException",
            f"{method} {path}: not simulated; see local/lambda_api.py",
        )

    def _invoke(self, name: str, environ: WSGIEnvironment) -> tuple[int, dict[str, str], bytes]:
        payload = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        invocation_type = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        self._runtime.find(name)
        if invocation_type == "DryRun":
            return 204, {}, b""
        if invocation_type == "Event":
            thread = threading.Thread(
                target=self._runtime.invoke, args=(name, payload), daemon=True
            )
            thread.start()
            self._background(thread)
            return 202, {}, b""
        outcome = self._runtime.invoke(name, payload)
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        if outcome.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return 200, headers, outcome.payload

    def _describe(self, name: str | None) -> tuple[int, dict[str, str], bytes]:
        document: dict[str, Any]
        if name is None:
            document = {"Functions": [_shape(f) for f in self._runtime.definitions.values()]}
        else:
            document = {"Configuration": _shape(self._runtime.find(unquote(name)))}
        return 200, {}, json.dumps(document).encode()


def _shape(function: FunctionDefinition) -> dict[str, Any]:
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Handler": function.handler,
        "MemorySize": function.memory_mb,
        "Timeout": function.timeout_seconds,
        "Environment": {"Variables": dict(function.environment)},
        "Version": "$LATEST",
        "State": "Active",
    }


def _error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
    return status, {"X-Amzn-ErrorType": code}, body
