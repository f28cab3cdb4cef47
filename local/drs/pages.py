"""Pages of a list. A token names the last item seen, so that items that come or go between two
pages shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from local.drs.errors import DrsError, invalid
from local.drs.ids import digest

Row = TypeVar("Row")


def page(
    rows: Sequence[Row],
    params: Mapping[str, Any],
    *,
    operation: str,
    position: Callable[[Row], int],
    page_size: int,
    descending: bool = False,
) -> tuple[list[Row], str | None]:
    """Return the page of `rows` that `params` asks for, and the token of the next one.

    `rows` are in the order of the answer; `position` gives each a number that never changes and
    only rises along the list (falls, if `descending`). Raises a ValidationException for a token
    of another list.
    """
    token = params.get("nextToken")
    start = 0
    if token:
        last = _read(token, _question(operation, params))
        start = sum(position(row) >= last if descending else position(row) <= last for row in rows)
    size = min(params.get("maxResults") or page_size, page_size)
    chosen = list(rows[start : start + size])
    if start + size >= len(rows):
        return chosen, None
    return chosen, _write(_question(operation, params), position(chosen[-1]))


def answer(items: list[dict[str, Any]], next_token: str | None) -> dict[str, Any]:
    """Return a list answer in the shape that all DRS lists have."""
    return {"items": items, **({"nextToken": next_token} if next_token else {})}


def _question(operation: str, params: Mapping[str, Any]) -> str:
    asked = {
        name: value for name, value in params.items() if name not in {"maxResults", "nextToken"}
    }
    return digest(operation, json.dumps(asked, sort_keys=True))[:12]


def _write(question: str, last: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([question, last]).encode()).decode()


def _read(token: str, question: str) -> int:
    try:
        asked, last = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise _bad_token() from error
    if asked != question or not isinstance(last, int):
        raise _bad_token()
    return last


def _bad_token() -> DrsError:
    return invalid("Invalid nextToken", fields=[("nextToken", "not a token of this list")])
