"""The one loopback port: routes AWS requests by the service name in their SigV4 signature."""

from __future__ import annotations

import errno
import re
import socket
import threading
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local.wsgi import refuse

_SIGNED_SERVICE = re.compile(r"/([a-z0-9-]+)/aws4_request")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class PortInUse(Exception):
    """Another process listens on the port that was asked for; the message names the remedy."""


class FrontDoor:
    """WSGI application in front of everything that plays an AWS service."""

    def __init__(self, services: Mapping[str, WSGIApplication], otherwise: WSGIApplication) -> None:
        self._services = services
        self._otherwise = otherwise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = _host_name(f"//{environ.get('HTTP_HOST', '')}")
        if host not in _LOOPBACK:
            return refuse(
                start_response,
                "AccessDeniedException",
                f"The Host {host!r} is not loopback. A web page whose name was bound anew to "
                "127.0.0.1 (DNS rebinding) would look like this. Use http://127.0.0.1 instead.",
            )
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and _host_name(origin) not in _LOOPBACK:
            return refuse(
                start_response,
                "AccessDeniedException",
                f"A web page of {origin} may not call the local AWS endpoint.",
            )
        signed = _SIGNED_SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            return refuse(
                start_response,
                "MissingAuthenticationToken",
                "The request has no AWS signature. Any credentials will do, for example "
                "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local.",
            )
        return self._services.get(signed[1], self._otherwise)(environ, start_response)


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket on a loopback address; port 0 takes any free one.

    Raises PortInUse, and ValueError for an address that others could reach.
    """
    if host not in _LOOPBACK:
        raise ValueError(
            f"{host} is not a loopback address; the local endpoint has no authentication"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(
            f"port {port} of {host} is in use; stop its owner or take another"
        ) from error
    return listener


class HttpServer:
    """Serves a WSGI application on a listening socket, a thread for each request."""

    def __init__(self, listener: socket.socket, application: WSGIApplication) -> None:
        # Both are slow to import and nobody needs them before an engine starts.
        from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415
        from werkzeug.serving import make_server  # noqa: PLC0415

        class QuietRequestHandler(MotoRequestHandler):
            def log_request(self, *_: object) -> None:
                """Say nothing: thousands of requests are normal."""

        host, port = listener.getsockname()[:2]
        self._server = make_server(
            host,
            port,
            application,
            threaded=True,
            request_handler=QuietRequestHandler,
            fd=listener.fileno(),
        )
        listener.close()
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="front-door",
            daemon=True,
        )

    def start(self) -> None:
        """Begin to answer requests."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no further request and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
