"""DRS's rest-json protocol as a WSGI application; botocore's model gives routes and bindings."""

from __future__ import annotations

import json
import re
import socket
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.model import ListShape, OperationModel, StructureShape

from local.drs.errors import ConnectionLost, DrsError, invalid, not_simulated
from local.protocols.models import find_route

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/[a-z0-9-]+/aws4_request")


class Service(Protocol):
    """What answers the calls."""

    @property
    def home(self) -> tuple[str, str]:
        """Account and Region of a request that names none."""
        ...

    def account_of(self, access_key: str) -> str:
        """Return the account of an access key."""
        ...

    def call(
        self, operation: str, params: dict[str, Any], *, account_id: str, region: str
    ) -> dict[str, Any]:
        """Answer one call."""
        ...


def respond(
    service: Service, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer one HTTP request.

    The Region is that of the signature's credential scope; signatures themselves are not checked.
    ConnectionLost passes through, after the client's connection is cut.
    """
    try:
        status, headers, body = _answer(service, environ)
    except DrsError as error:
        status, headers, body = _error(error)
    except ConnectionLost:
        _cut(environ)
        raise
    headers += [
        ("x-amzn-RequestId", str(uuid.uuid4())),
        ("Content-Length", str(len(body))),
    ]
    phrase = HTTPStatus(status).phrase
    start_response(f"{status} {phrase}", [("Content-Type", "application/json"), *headers])
    return [body]


_Response = tuple[int, list[tuple[str, str]], bytes]


def _answer(service: Service, environ: WSGIEnvironment) -> _Response:
    method: str = environ["REQUEST_METHOD"]
    # WSGI hands the decoded path over as Latin-1, whatever its bytes mean.
    path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
    body = _body(environ)
    found = find_route("drs", method, path)
    if found is None:
        raise not_simulated(f"{method} {path}, which is no operation of DRS")
    operation, labels = found
    params = _params(operation, labels, environ.get("QUERY_STRING", ""), body)
    account_id, region = _caller(service, environ)
    answer = service.call(operation.name, params, account_id=account_id, region=region)
    status = int(operation.http["responseCode"])
    return status, [], b"" if status == HTTPStatus.NO_CONTENT else json.dumps(answer).encode()


def _caller(service: Service, environ: WSGIEnvironment) -> tuple[str, str]:
    match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if match is None:
        return service.home
    access_key, region = match.groups()
    return service.account_of(access_key), region


def _body(environ: WSGIEnvironment) -> bytes:
    """Read the whole body, also where nobody needs it, or a client still sending would be reset."""
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _params(
    operation: OperationModel, labels: dict[str, str], query: str, body: bytes
) -> dict[str, Any]:
    params = _json_object(body)
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return params
    asked = parse_qs(query, keep_blank_values=True)
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location is None:
            continue
        params.pop(name, None)
        wire_name = member.serialization.get("name", name)
        if location == "uri":
            params[name] = labels[wire_name]
        elif location == "querystring" and wire_name in asked:
            listed = isinstance(member, ListShape)
            params[name] = asked[wire_name] if listed else asked[wire_name][-1]
    return params


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid("Invalid request body: not JSON", reason="cannotParse") from error
    if not isinstance(document, dict):
        raise invalid("Invalid request body: not a JSON object", reason="cannotParse")
    return document


def _error(error: DrsError) -> _Response:
    headers = [("x-amzn-errortype", error.code)]
    if error.code in {"ThrottlingException", "InternalServerException"}:
        headers.append(("Retry-After", "1"))
    document = {"message": error.message, "code": error.code, **error.members}
    return error.http_status, headers, json.dumps(document).encode()


def _cut(environ: WSGIEnvironment) -> None:
    """Close the client's connection without an answer; HTTP/1.1 servers keep it open otherwise."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
