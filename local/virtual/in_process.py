"""boto3 sessions whose requests are answered in this process: botocore does all but the sending.

So shapes, retries, pages and error classes are the shipped ones. `before-send` is the documented
place to answer a request instead of the network. A signature is half of what a request costs, and
nobody here checks one: it names key and Region, as every signature does, and ends there.
https://docs.aws.amazon.com/botocore/latest/topics/events.html
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

import boto3
import botocore
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.loaders import Loader
from botocore.signers import RequestSigner

from local.drs import ConnectionLost
from local.virtual.calls import Calls
from local.virtual.kept_answers import KeptAnswers
from local.virtual.kept_sessions import KeptSession

# botocore would describe the machine in every request anew, at some length.
_CALLER = Config(user_agent="drs-orchestrator")
# Services whose id in botocore's events is not the name that requests are signed for.
SIGNED_AS = {"sfn": "states", "service-quotas": "servicequotas", "eventbridge": "events"}


class NotAnswered(Exception):
    """A request to a service that nobody plays here; nothing was sent anywhere."""


class InProcessAws:
    """`applications` answer, by the names that requests are signed for; each call is counted.

    Every session shares the descriptions of services that botocore reads from disk. Make sessions
    of one world at a time: whoever has made the last one answers for all of this process.
    """

    def __init__(self, applications: Mapping[str, WSGIApplication], calls: Calls) -> None:
        self._applications = applications
        self._calls = calls

    def make_session(
        self, *, region_name: str, botocore_session: botocore.session.Session | None = None
    ) -> boto3.Session:
        """Return a session as boto3 does; its clients' requests never leave the process.

        One without credentials of its own is kept for the worlds to come.
        """
        _answering.aws = self
        if botocore_session is not None:
            return _answered(
                boto3.Session(region_name=region_name, botocore_session=_quick(botocore_session))
            )
        return _home_session(region_name, os.environ["AWS_ACCESS_KEY_ID"])

    def answer(self, request: AWSPreparedRequest, event_name: str) -> AWSResponse:
        """Answer a request that is about to be sent; `event_name` says which one it is."""
        _, service_id, operation = event_name.split(".")
        service = SIGNED_AS.get(service_id, service_id)
        application = self._applications.get(service)
        if application is None:
            raise NotAnswered(f"{service} {operation}: give local/virtual an application for it")
        # As AWS sees it: a request that is being sent again is another call.
        return self._calls.make(
            service,
            operation,
            lambda: _respond(application, request),
            request=_text(request.headers["amz-sdk-invocation-id"]),
        )


class _Answering:
    """Which world's AWS answers: a process has one world at a time."""

    aws: InProcessAws

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_more: Any) -> AWSResponse:  # noqa: ANN401
        return self.aws.answer(request, event_name)


_answering = _Answering()


@cache
def _home_session(region_name: str, _access_key: str) -> boto3.Session:
    """Return the session with the credentials of the environment, whose key stands for them."""
    return _answered(KeptSession(region_name, _quick(botocore.session.Session())))


def _quick(core: botocore.session.Session) -> botocore.session.Session:
    core.register_component("data_loader", _loader())
    core.register_component("response_parser_factory", KeptAnswers())
    core.set_default_client_config(_CALLER)
    return core


def _answered(session: boto3.Session) -> boto3.Session:
    session.events.register_first("choose-signer", _unsigned)
    session.events.register("before-sign", _name_the_key)
    session.events.register("before-send", _answering)  # type: ignore[arg-type]
    return session


@cache
def _loader() -> Loader:
    return botocore.session.Session().get_component("data_loader")  # type: ignore[no-any-return]


def _unsigned(**_more: Any) -> Any:  # noqa: ANN401 - whatever botocore tells, and takes
    return botocore.UNSIGNED


def _name_the_key(request: AWSRequest, request_signer: RequestSigner, **_more: Any) -> None:  # noqa: ANN401
    """Say whose request it is, as the signature would; assumed roles renew themselves here too."""
    signing = request.context.get("signing", {})
    region = signing.get("region") or request_signer.region_name
    service = signing.get("signing_name") or request_signer.signing_name
    auth: Any = request_signer.get_auth_instance(service, region, "v4")
    scope = f"{auth.credentials.access_key}/20000101/{region}/{service}/aws4_request"
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}"


def _respond(application: WSGIApplication, request: AWSPreparedRequest) -> AWSResponse:
    started: list[tuple[str, Any]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:  # noqa: ANN401
        started.append((status, dict(headers)))

    try:
        body = b"".join(application(_environ(request), start_response))
    except ConnectionLost as lost:
        raise ConnectionClosedError(endpoint_url=request.url) from lost
    ((status, answered),) = started
    return AWSResponse(request.url, int(status.partition(" ")[0]), answered, _Raw(body))


class _Raw:
    """What botocore reads a response's body from: all at once, or as a stream."""

    def __init__(self, body: bytes) -> None:
        self._stream = io.BytesIO(body)

    def stream(self) -> list[bytes]:
        return [self._stream.read()]

    def read(self, amt: int | None = None) -> bytes:
        return self._stream.read(amt)

    def close(self) -> None:
        self._stream.close()


def _environ(request: AWSPreparedRequest) -> WSGIEnvironment:
    url = urlsplit(request.url)
    body: Any = request.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": _text(value)
        for name, value in request.headers.items()
    }
    return {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        **headers,
    }


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
