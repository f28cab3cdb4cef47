"""What every simulated service offers beside its operations."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from local.drs import CallRecord
from local.protocols.endpoint import Endpoint


class AwsService:
    """A WSGI application that remembers its calls; a subclass makes the endpoint that answers."""

    _endpoint: Endpoint

    @property
    def calls(self) -> list[CallRecord]:
        """Every call so far, oldest first."""
        return self._endpoint.calls

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer an HTTP request (WSGI)."""
        return self._endpoint(environ, start_response)
