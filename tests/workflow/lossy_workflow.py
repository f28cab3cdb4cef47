"""Step Functions behind a line that loses, doubles or delays: a proxy of the laptop's endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server

_PASSED_ON = ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


PassOn = Callable[[], httpx.Response]
# What becomes of a call, by the operation's name; None: the call is answered with a 500.
Treatment = Callable[[str, PassOn], httpx.Response | None]


@contextmanager
def lossy_workflow(aws_url: str, treat: Treatment) -> Iterator[str]:
    """Yield the URL of the proxy."""
    with httpx.Client(base_url=aws_url, timeout=30) as client:

        def proxy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _PASSED_ON}
            names["Content-Type"] = "CONTENT_TYPE"
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            headers = {name: environ[key] for name, key in names.items() if key in environ}
            operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
            answer = treat(operation, lambda: client.post("/", content=body, headers=headers))
            if answer is None:
                start_response("500 Internal Server Error", [("Content-Length", "0")])
                return []
            sent = {"Content-Type": "application/x-amz-json-1.0"}
            sent["Content-Length"] = str(len(answer.content))
            start_response(f"{answer.status_code} {answer.reason_phrase}", list(sent.items()))
            return [answer.content]

        server = make_server("127.0.0.1", 0, proxy, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
