"""Step Functions behind a line that loses answers: a start takes effect, the caller never learns.

A proxy of the laptop's AWS endpoint; everything but StartExecution passes both ways.
"""

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


@contextmanager
def lossy_workflow(aws_url: str, hold_back: Callable[[], object]) -> Iterator[str]:
    """Yield the URL of the proxy; `hold_back` returns when the answer of a start may get lost."""
    with httpx.Client(base_url=aws_url, timeout=30) as client:

        def proxy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _PASSED_ON}
            names["Content-Type"] = "CONTENT_TYPE"
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            headers = {name: environ[key] for name, key in names.items() if key in environ}
            answer = client.post("/", content=body, headers=headers)
            if headers.get("X-Amz-Target", "").endswith(".StartExecution"):
                hold_back()
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
