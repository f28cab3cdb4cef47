"""From an HTTP request to an operation and its parameters."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import WSGIEnvironment

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from local.protocols.errors import VOCABULARIES, AwsError, not_simulated
from local.protocols.models import find_operation, find_route, protocol_of

Document = dict[str, Any]
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/[a-z0-9-]+/aws4_request")
"""Access key and Region, as the signature of a request names them."""


@dataclass(frozen=True)
class Request:
    """An HTTP request, read to its end; `credential` is (access key, Region) of its signature."""

    method: str
    path: str
    query: str
    target: str
    body: bytes
    credential: tuple[str, str] | None


@dataclass(frozen=True)
class Asked:
    """What the request asks for. `operation` None: the service has no such operation."""

    name: str
    operation: OperationModel | None
    params: Document


def read(environ: WSGIEnvironment) -> Request:
    """Read the whole request; its body stays readable for another application."""
    stream = environ["wsgi.input"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = bytes(stream.read() if environ.get("wsgi.input_terminated") else stream.read(length))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return Request(
        method=environ["REQUEST_METHOD"],
        # WSGI hands the decoded path over as Latin-1, whatever its bytes mean.
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        target=environ.get("HTTP_X_AMZ_TARGET", ""),
        body=body,
        credential=(match[1], match[2]) if match else None,
    )


def asked(service: str, request: Request) -> Asked:
    """Return what `request` asks of `service`; raises AwsError if it cannot be understood."""
    protocol = protocol_of(service)
    if protocol == "rest-json":
        return _rest(service, request)
    if protocol == "json":
        name = request.target.rpartition(".")[2]
        return Asked(name, find_operation(service, name), _json_object(request.body, protocol))
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    name = form.get("Action", "")
    operation = find_operation(service, name)
    shape = operation.input_shape if operation else None
    params = _Form(form, protocol).structure(shape, "") if shape else {}
    return Asked(name, operation, params)


def _rest(service: str, request: Request) -> Asked:
    found = find_route(service, request.method, request.path)
    if found is None:
        return Asked(f"{request.method} {request.path}", None, {})
    operation, labels = found
    params = _json_object(request.body, "rest-json")
    query = parse_qs(request.query, keep_blank_values=True)
    shape = operation.input_shape
    for name, member in shape.members.items() if shape else ():
        wire_name = member.serialization.get("name", name)
        location = member.serialization.get("location")
        if location == "uri":
            params[name] = labels[wire_name]
        elif location == "querystring" and wire_name in query:
            listed = isinstance(member, ListShape)
            values = query[wire_name]
            params[name] = values if listed else scalar(values[-1], member, "rest-json")
    return Asked(operation.name, operation, params)


def _json_object(body: bytes, protocol: str) -> Document:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise _unreadable(protocol, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise _unreadable(protocol, "the body is not a JSON object")
    return document


class _Form:
    """The form encoding of query and ec2: members by dotted names, list items by numbers.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    """

    def __init__(self, form: dict[str, str], protocol: str) -> None:
        self._form = form
        self._protocol = protocol

    def structure(self, shape: StructureShape, prefix: str) -> Document:
        values = {
            name: self._value(member, f"{prefix}{self._wire_name(name, member)}")
            for name, member in shape.members.items()
        }
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, shape: Shape, key: str) -> Any:  # noqa: ANN401 - whatever the shape says
        if isinstance(shape, StructureShape):
            return self.structure(shape, f"{key}.") if self._has(key) else None
        if isinstance(shape, ListShape):
            return self._list(shape, key)
        return scalar(self._form[key], shape, self._protocol) if key in self._form else None

    def _list(self, shape: ListShape, key: str) -> list[Any] | None:
        if self._protocol == "query" and not shape.serialization.get("flattened"):
            key = f"{key}.{shape.member.serialization.get('name', 'member')}"
        items: list[Any] = []
        while self._has(item := f"{key}.{len(items) + 1}"):
            items.append(self._value(shape.member, item))
        return items or None

    def _has(self, key: str) -> bool:
        return any(name == key or name.startswith(f"{key}.") for name in self._form)

    def _wire_name(self, name: str, member: Shape) -> str:
        wire_name = str(member.serialization.get("name", name))
        if self._protocol == "query":
            return wire_name
        return str(
            member.serialization.get("queryName") or f"{wire_name[0].upper()}{wire_name[1:]}"
        )


def scalar(text: str, shape: Shape, protocol: str) -> object:
    """Return the value that `text` stands for in a form, query string or label."""
    try:
        if shape.type_name in {"integer", "long"}:
            return int(text)
        if shape.type_name in {"float", "double"}:
            return float(text)
    except ValueError as error:
        raise _unreadable(protocol, f"{text!r} is not a number") from error
    return text.lower() == "true" if shape.type_name == "boolean" else text


def _unreadable(protocol: str, problem: str) -> AwsError:
    code, status = VOCABULARIES[protocol].invalid
    return AwsError(code, f"Invalid request: {problem}", status)


def unknown_operation(service: str, name: str, simulated: list[str]) -> AwsError:
    """Return the answer to an operation that is not simulated."""
    return not_simulated(f"{service} {name or '(no operation named)'}", simulated)
