"""Request bodies: JSON by the letter, of a size that a plan can have."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

MAX_BODY_BYTES = 1024 * 1024


class JsonRoute(APIRoute):
    """A route whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that FastAPI calls."""
        handler = super().get_route_handler()

        async def read_strictly(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return read_strictly


class _JsonRequest(Request):
    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; answer 413 as soon as it is too large."""
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"the body is larger than {MAX_BODY_BYTES} bytes; split the document",
                )
            yield chunk

    async def json(self) -> object:
        """Return the body's value; raise JSONDecodeError with the place in its message.

        Python's parser takes NaN, and of members with one name the last, in silence; we refuse.
        """
        try:
            text = (await self.body()).decode()
            return json.loads(text, parse_constant=_refuse, object_pairs_hook=_distinct)
        except json.JSONDecodeError as error:
            place = f"{error.msg}, line {error.lineno} column {error.colno}"
            raise json.JSONDecodeError(place, error.doc, error.pos) from error
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member '{twice}' occurs twice in one object")
    return value
