"""One simulated AWS service as a WSGI application: wire, faults, validation, record of calls."""

from __future__ import annotations

import pickle
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from botocore.model import OperationModel

from local.clock import Clock
from local.drs import CallFault, CallFaultKind, CallRecord, ConnectionLost
from local.drs.faults import AFTER_EFFECT
from local.drs.state import Scope
from local.protocols import answers, requests
from local.protocols.errors import VOCABULARIES, AwsError, ExpiredCredentials
from local.protocols.models import protocol_of
from local.protocols.requests import Asked, Document, Request
from local.protocols.validation import violations

_REMEMBERED_CALLS = 100_000


@dataclass(frozen=True)
class Call:
    """One call, understood and valid; `access_key` is the caller's, "" if it signed nothing."""

    operation: str
    params: Document
    scope: Scope
    now: datetime
    access_key: str


Operation = Callable[[Call], Document]
AccountOf = Callable[[str], str]


@dataclass(frozen=True)
class Setting:
    """Where a simulated service stands.

    home: account and Region of a request that names none. account_of: the account of an access
    key, by default that of `home`; may raise ExpiredCredentials. fallback: who answers operations
    that the service does not simulate; nobody by default, and the caller is told so.
    """

    clock: Clock
    home: Scope = Scope("111122223333", "us-west-2")  # noqa: RUF009 - a tuple, as frozen as this
    account_of: AccountOf | None = None
    fallback: WSGIApplication | None = None
    seed: int = 0


class Endpoint:
    """Answers the `operations` of one service, one call at a time.

    `service` is botocore's name. `call_faults` is asked at each call. `lock` is held while an
    operation runs, for a service to guard its memory with.
    """

    def __init__(
        self,
        service: str,
        operations: Mapping[str, Operation],
        setting: Setting,
        call_faults: Callable[[], Sequence[CallFault]],
    ) -> None:
        self.lock = threading.RLock()
        self._service = service
        self._protocol = protocol_of(service)
        self._operations = dict(operations)
        self._setting = setting
        self._call_faults = call_faults
        self._calls: deque[CallRecord] = deque(maxlen=_REMEMBERED_CALLS)

    @property
    def calls(self) -> list[CallRecord]:
        """Every simulated call so far, oldest first (the last 100,000)."""
        with self.lock:
            return list(self._calls)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request; signatures are read, not checked."""
        request = requests.read(environ)
        request_id = str(uuid.uuid4())
        headers = [("x-amzn-RequestId", request_id)]
        try:
            asked = requests.asked(self._service, request)
            if asked.operation is None or asked.name not in self._operations:
                if self._setting.fallback is not None:
                    return self._setting.fallback(environ, start_response)
                raise requests.unknown_operation(self._service, asked.name, [*self._operations])
            result = self._answer(request, asked)
            status = int(asked.operation.http.get("responseCode", HTTPStatus.OK))
            body = answers.body_of(asked.operation, result, request_id)
        except AwsError as error:
            status, body = error.http_status, answers.error_body(self._protocol, error, request_id)
            headers.append(("x-amzn-errortype", error.code))
        except ConnectionLost:
            _cut(environ)
            raise
        headers += [
            ("Content-Type", answers.CONTENT_TYPES[self._protocol]),
            ("Content-Length", str(len(body))),
        ]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _answer(self, request: Request, asked: Asked) -> Document:
        access_key, region = request.credential or ("", self._setting.home.region)
        with self.lock:
            account_id = self._account_of(access_key)
            call = Call(
                asked.name,
                asked.params,
                Scope(account_id, region),
                self._setting.clock.now(),
                access_key,
            )
            outcome = "OK"
            try:
                return self._perform(call, asked.operation)
            except AwsError as error:
                outcome = error.code
                raise
            except ConnectionLost as lost:
                outcome = "LostAnswer" if lost.effect else "LostRequest"
                raise
            finally:
                self._calls.append(_record(call, outcome))

    def _account_of(self, access_key: str) -> str:
        account_of = self._setting.account_of
        if account_of is None or not access_key:
            return self._setting.home.account_id
        try:
            return account_of(access_key)
        except ExpiredCredentials as error:
            code, status = VOCABULARIES[self._protocol].expired
            message = "The security token included in the request is expired"
            raise AwsError(code, message, status) from error

    def _perform(self, call: Call, operation: OperationModel | None) -> Document:
        fault = self._fault(call)
        if fault is not None and fault not in AFTER_EFFECT:
            raise self._refusal(fault, call.operation)
        broken = violations(call.params, operation.input_shape if operation else None)
        if broken:
            code, status = VOCABULARIES[self._protocol].invalid
            errors = "validation error" if len(broken) == 1 else "validation errors"
            raise AwsError(code, f"{len(broken)} {errors} detected: {'; '.join(broken)}", status)
        result = self._operations[call.operation](call)
        if fault is not None:
            raise self._refusal(fault, call.operation)
        return result

    def _fault(self, call: Call) -> CallFaultKind | None:
        for fault in self._call_faults():
            if fault.hits(call.operation, call.now, self._setting.seed):
                return fault.kind
        return None

    def _refusal(self, kind: CallFaultKind, operation: str) -> Exception:
        words = VOCABULARIES[self._protocol]
        match kind:
            case CallFaultKind.LOST_REQUEST | CallFaultKind.LOST_ANSWER:
                return ConnectionLost(operation, effect=kind in AFTER_EFFECT)
            case CallFaultKind.THROTTLE:
                code, status = words.throttled
                return AwsError(code, "Rate exceeded", status)
            case CallFaultKind.ACCESS_DENIED:
                code, status = words.denied
                action = f"{self._service}:{operation}"
                return AwsError(code, f"User is not authorized to perform: {action}", status)
            case CallFaultKind.CONFLICT:
                return AwsError("ConflictException", "The resource is in use", 409)
            case _:
                code, status = words.internal
                return AwsError(code, "Internal server error", status)


def _record(call: Call, outcome: str) -> CallRecord:
    return CallRecord(
        operation=call.operation,
        account_id=call.scope.account_id,
        region=call.scope.region,
        at=call.now,
        # As the wire had them; of plain values this is the cheapest copy.
        params=pickle.loads(pickle.dumps(call.params)),  # noqa: S301 - our own
        outcome=outcome,
    )


def _cut(environ: WSGIEnvironment) -> None:
    """Close the client's connection without an answer; HTTP/1.1 servers keep it open otherwise."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
