"""Lets one DynamoDB request through at a time, and tells who wrote."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems", "Describe", "List")


class OneAtATime:
    """Serializes requests: moto's transactions are not safe beside other writes.

    `lock` is held during a request; `written` is set after each that may have written.
    """

    def __init__(
        self, application: WSGIApplication, lock: threading.RLock, written: threading.Event
    ) -> None:
        self._application = application
        self._lock = lock
        self._written = written

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        with self._lock:
            body = list(self._application(environ, start_response))
        if not operation.startswith(_READS):
            self._written.set()
        return body
