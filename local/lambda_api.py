"""The slice of the Lambda API that callers need to look at functions and to invoke them."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from local.clock import PassingClock
from local.deployment import FunctionDefinition
from local.drs.state import Scope
from local.function_directory import FunctionCall, FunctionDirectory
from local.functions import FunctionNotFound, InvocationRefused
from local.protocols.endpoint import AccountOf
from local.protocols.errors import ExpiredCredentials
from local.protocols.requests import CREDENTIAL
from local.wsgi import answer

_LOG = logging.getLogger(__name__)
_ROUTE = re.compile(r"^/2015-03-31/functions(?:/(?P<name>[^/]+)(?P<invoke>/invocations)?)?/?$")
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_RETRIES_AFTER_SECONDS = (60.0, 120.0)


class LambdaApi:
    """A WSGI application that answers ListFunctions, GetFunction and Invoke.

    `account_of` maps a caller's access key to an account. `background` is told of every thread
    that runs an asynchronous invocation; Lambda repeats one that fails after one minute and after
    two more, and a restart loses it.
    """

    def __init__(
        self,
        directory: FunctionDirectory,
        clock: PassingClock,
        background: Callable[[threading.Thread], None],
        account_of: AccountOf | None = None,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._background = background
        self._account_of = account_of or (lambda _: directory.home.account_id)
        self._stopped = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self._route(environ)
        return answer(start_response, status, body, headers)

    def stop(self) -> None:
        """Repeat no asynchronous invocation any more."""
        self._stopped.set()

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
        except ExpiredCredentials:
            message = "The security token included in the request is expired"
            return _error(403, "ExpiredTokenException", message)
        return _error(
            501,
            "NotImplementedException",
            f"{method} {path}: not simulated; see local/lambda_api.py",
        )

    def _invoke(self, name: str, environ: WSGIEnvironment) -> tuple[int, dict[str, str], bytes]:
        payload = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        invocation_type = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        call = self._directory.find(name, self._caller(environ))
        if not _is_json(payload):
            message = "Could not parse request body into json: it is no JSON text"
            return _error(400, "InvalidRequestContentException", message)
        if invocation_type == "DryRun":
            return 204, {}, b""
        if invocation_type == "Event":
            self._begin(lambda: self._run_until_done(name, call, payload))
            return 202, {}, b""
        outcome = call(payload)
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        if outcome.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return 200, headers, outcome.payload

    def _begin(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._background(thread)

    def _caller(self, environ: WSGIEnvironment) -> Scope:
        match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if match is None:
            return self._directory.home
        return Scope(self._account_of(match[1]), match[2])

    def _run_until_done(self, name: str, call: FunctionCall, payload: bytes) -> None:
        for wait_seconds in (*_RETRIES_AFTER_SECONDS, None):
            try:
                if not call(payload).failed:
                    return
            except InvocationRefused as refusal:
                _LOG.info("%s was refused: %s", name, refusal.code)
            if wait_seconds is None or self._clock.wait(self._stopped, wait_seconds):
                return

    def _describe(self, name: str | None) -> tuple[int, dict[str, str], bytes]:
        runtime = self._directory.runtime
        document: dict[str, Any]
        if name is None:
            document = {"Functions": [_shape(f) for f in runtime.definitions.values()]}
        else:
            document = {"Configuration": _shape(runtime.find(unquote(name)))}
        return 200, {}, json.dumps(document).encode()


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload or b"{}")
    except ValueError:
        return False
    return True


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
