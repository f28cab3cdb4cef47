"""Every error as a problem document (RFC 9457); the only place that knows HTTP status codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from drs_orchestrator.api.caller import request_id_of
from drs_orchestrator.api.faults import faults_of
from drs_orchestrator.api.models import Problem, ProblemFault
from drs_orchestrator.domain.errors import (
    Conflict,
    Denied,
    Fault,
    Invalid,
    InvalidRequest,
    NotFound,
    OrchestratorError,
    StaleVersion,
    Unavailable,
    VersionMissing,
)
from drs_orchestrator.observability import logger

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
# A person reads no more, and a Lambda's answer is limited; the detail says how many there are.
MAX_FAULTS = 100

# The nearest class on an error's own line of descent decides.
_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    StaleVersion: HTTPStatus.PRECONDITION_FAILED,
    VersionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    Denied: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
# What FastAPI reads as JSON.
_JSON = re.compile(r"application/(.+\+)?json", re.IGNORECASE)
_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "the request cannot be read; send JSON in UTF-8",
    HTTPStatus.NOT_FOUND: "nothing is at this path; see /api/v1/openapi.json for all that is",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path has no such method; the Allow header names its own",
}


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem."""
    app.add_exception_handler(OrchestratorError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)


def status_of(error: Exception) -> HTTPStatus:
    """Return the HTTP status of an error."""
    found = (_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)
    return next(found, HTTPStatus.INTERNAL_SERVER_ERROR)


async def _answer_ours(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return await _answer_unexpected(request, error)
    headers = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        logger.warning(str(error), extra={"request_id": request_id_of(request)})
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    faults = error.faults if isinstance(error, Invalid) else ()
    detail = error.detail if isinstance(error, Invalid) else str(error)
    return _problem(request, status, type(error), detail, faults, headers)


async def _answer_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError(type(error)) from error
    faults = faults_of(error.errors(), error.body)
    if not _is_json(request):
        faults = [Fault("", "the body must be JSON: send Content-Type: application/json")]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _problem(request, status, InvalidRequest, "the request is not valid", faults)


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error)) from error
    status = HTTPStatus(error.status_code)
    code = status.phrase.title().replace(" ", "").replace("-", "")
    detail = _MESSAGES.get(status, error.detail)
    return _respond(request, status, code, status.phrase, detail, headers=error.headers)


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    logger.error(
        "unexpected error",
        exc_info=error,
        extra={"request_id": request_id_of(request), "path": request.url.path},
    )
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "the product failed; its log tells more under this requestId"
    return _respond(request, status, "InternalServerError", status.phrase, detail)


def _is_json(request: Request) -> bool:
    """Whether a request with a body says that it is JSON."""
    has_body = request.method in {"POST", "PUT", "PATCH"}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    return not has_body or _JSON.fullmatch(media_type) is not None


def _problem(
    request: Request,
    status: HTTPStatus,
    kind: type[Exception],
    detail: str,
    faults: Sequence[Fault],
    headers: Mapping[str, str] | None = None,
) -> Response:
    if len(faults) > MAX_FAULTS:
        detail += f" in {len(faults)} places; the first {MAX_FAULTS} are listed"
    title = (kind.__doc__ or kind.__name__).splitlines()[0].rstrip(".")
    return _respond(
        request, status, kind.__name__, title, detail, faults[:MAX_FAULTS], headers=headers
    )


def _respond(
    request: Request,
    status: HTTPStatus,
    code: str,
    title: str,
    detail: str,
    faults: Sequence[Fault] = (),
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        type=f"urn:drs-orchestrator:problem:{code}",
        title=title,
        status=status.value,
        detail=detail,
        code=code,
        errors=[ProblemFault(pointer=f.pointer, message=f.message) for f in faults],
        request_id=request_id_of(request),
    )
    return Response(problem.model_dump_json(), status.value, headers, MEDIA_TYPE)


def responses() -> dict[int | str, dict[str, Any]]:
    """Return what every route's documentation says about its other answers."""
    return {"default": {"model": Problem, "description": "What went wrong (RFC 9457)"}}
