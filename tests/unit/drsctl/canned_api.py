"""A real HTTP server that gives the REST API's answers as told, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json | None


@dataclass
class CannedApi:
    """Answers by method and path; of several answers for one, the last is given for ever."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _answers: dict[tuple[str, str], list[Response]] = field(default_factory=dict)
    _hang_ups: set[tuple[str, str]] = field(default_factory=set)

    def will_answer(
        self,
        method: str,
        path: str,
        *documents: object,
        status: int = 200,
        etag: str | None = None,
    ) -> None:
        """Answer requests of `/api/v1<path>` with these JSON documents, one after the other."""
        headers = {"ETag": etag} if etag else {}
        kind = "application/problem+json" if status >= 400 else "application/json"
        self._answers.setdefault((method, f"/api/v1{path}"), []).extend(
            Response(json.dumps(document), status, headers, content_type=kind)
            for document in documents
        )

    def will_say(
        self, method: str, path: str, text: str, status: int = 200, *, encoding: str | None = None
    ) -> None:
        """Answer with a text that is not JSON, nor what its `encoding` says."""
        answers = self._answers.setdefault((method, f"/api/v1{path}"), [])
        headers = {"Content-Encoding": encoding} if encoding else {}
        answers.append(Response(text, status, headers, content_type="text/html"))

    def will_hang_up(self, method: str, path: str) -> None:
        """Take the request and close its connection."""
        self._hang_ups.add((method, f"/api/v1{path}"))

    def asked_of(self, method: str) -> list[Asked]:
        """Return the requests of one method."""
        return [asked for asked in self.asked if asked.method == method]

    def answer(self, request: Request) -> Response:
        """Give the next answer for the request."""
        body = json.loads(request.data) if request.data else None
        self.asked.append(
            Asked(request.method, request.path, request.args.to_dict(), dict(request.headers), body)
        )
        if (request.method, request.path) in self._hang_ups:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        answers = self._answers.get((request.method, request.path))
        if not answers:
            return Response(f"no answer for {request.method} {request.path}", 599)
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[str]:
    """Serve on a free loopback port; yields the address."""
    server = make_server(
        "127.0.0.1", 0, Request.application(answer), threaded=True, request_handler=_QuietHandler
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""
