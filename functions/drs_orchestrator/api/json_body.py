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
            value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_distinct)
            _refuse_half_characters(value, text)
        except json.JSONDecodeError as error:
            place = f"{error.msg}, line {error.lineno} column {error.colno}"
            raise json.JSONDecodeError(place, error.doc, error.pos) from error
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error
        return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, member in members:
        if name in value:
            raise ValueError(f"member {name!r} occurs twice in one object")
        value[name] = member
    return value


def _refuse_half_characters(value: object, text: str) -> None:
    """Raise ValueError if a text of the value holds half of a surrogate pair: no UTF-8 has that.

    Only an escape in the body's text can have brought it.
    """
    if "\\u" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start]).strip("'")
        raise ValueError(f"{half} is half a character; write the character itself") from error
