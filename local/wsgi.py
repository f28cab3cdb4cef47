"""Answers of the small WSGI applications that stand behind the front door."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from wsgiref.types import StartResponse


def answer(
    start_response: StartResponse,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> Iterable[bytes]:
    """Send a JSON body with an HTTP status."""
    phrase = HTTPStatus(status).phrase
    sent = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    start_response(f"{status} {phrase}", list(sent.items()))
    return [body]


def refuse(start_response: StartResponse, code: str, message: str) -> Iterable[bytes]:
    """Answer 403 with an AWS error that says why."""
    body = json.dumps(
        {"__type": code, "code": code, "message": message, "Message": message}
    ).encode()
    return answer(start_response, HTTPStatus.FORBIDDEN, body, {"X-Amzn-ErrorType": code})
