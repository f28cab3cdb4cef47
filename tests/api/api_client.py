"""The API over ASGI, and in front of it what API Gateway would send to the function."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from drs_orchestrator.api.app import app, handler

ACCOUNT, REGION = "111122223333", "us-west-2"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/ana"
REQUEST_ID = "JKJaXmPLvHcESHA="
JSON = {"Content-Type": "application/json"}


class Api:
    """Sends requests to the application as uvicorn would."""

    def request(
        self,
        method: str,
        path: str,
        *,
        content: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Return the answer."""
        request = httpx.Request(
            method,
            f"http://127.0.0.1/api/v1{path}",
            content=content,
            headers=headers,
            params=params,
        )
        return asyncio.run(_send(request))

    def get(self, path: str, **query: str) -> httpx.Response:
        """GET."""
        return self.request("GET", path, params=query or None)

    def post(self, path: str, body: object) -> httpx.Response:
        """POST JSON."""
        return self.request("POST", path, content=json.dumps(body), headers=JSON)

    def put(self, path: str, body: object, if_match: str | None = "*") -> httpx.Response:
        """PUT JSON with If-Match."""
        headers = JSON | _headers(if_match)
        return self.request("PUT", path, content=json.dumps(body), headers=headers)

    def delete(self, path: str, if_match: str | None = "*") -> httpx.Response:
        """DELETE with If-Match."""
        return self.request("DELETE", path, headers=_headers(if_match))


async def _send(request: httpx.Request) -> httpx.Response:
    # The application answers an unexpected error and raises it again for the server's log.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.send(request)


def _headers(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def http_api_event(method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """Return the event of an HTTP API, payload format 2.0, `$default` stage, IAM authorizer."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "abc123.execute-api.test"},
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "abc123",
            "authorizer": {"iam": {"accountId": ACCOUNT, "userArn": USER_ARN}},
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": REQUEST_ID,
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def invoke(event: dict[str, Any]) -> dict[str, Any]:
    """Return the function's answer to an event."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return handler(event, None)  # type: ignore[arg-type]
    finally:
        asyncio.set_event_loop(None)
        loop.close()
