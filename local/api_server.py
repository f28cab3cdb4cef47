"""Serves the product's API on a loopback socket, as API Gateway and Lambda do on AWS."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from local.clock import ScaledClock

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_PATIENCE_SECONDS = 10
# Longer than any client keeps an idle connection (httpx: 5 s): were both equal, a request could be
# sent into a connection at the moment of its end.
_KEEP_ALIVE_SECONDS = 60


def serve_api(stack: contextlib.ExitStack, listener: socket.socket, clock: ScaledClock) -> None:
    """Answer requests on `listener` in a thread, until `stack` closes; an answer is work."""
    import uvicorn  # noqa: PLC0415 - together with the API, after the environment is set
    from starlette.middleware.trustedhost import TrustedHostMiddleware  # noqa: PLC0415

    from drs_orchestrator.api.app import app  # noqa: PLC0415

    guarded = TrustedHostMiddleware(app, ["127.0.0.1", "localhost"], www_redirect=False)
    config = uvicorn.Config(
        _at_work(guarded, clock),
        log_level="critical",
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="api", daemon=True
    )
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)

    stack.callback(stop)


def _at_work(app: ASGIApp, clock: ScaledClock) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        with clock.working():
            await app(scope, receive, send)

    return serve
