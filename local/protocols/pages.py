"""Pages of a list, with tokens that carry the place where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from local.protocols.errors import AwsError
from local.protocols.requests import Document

Item = TypeVar("Item")
_PREFIX = "next"


def page(
    items: Sequence[Item], params: Document, *, size: int, refusal: str = "InvalidNextToken"
) -> tuple[Sequence[Item], str | None]:
    """Return the page that `MaxResults` (default `size`) and `NextToken` ask for, and a token.

    The token is None on the last page. Raises AwsError with the code `refusal`.
    """
    token = str(params.get("NextToken") or f"{_PREFIX}0")
    place = token.removeprefix(_PREFIX)
    if not token.startswith(_PREFIX) or not place.isdecimal():
        raise AwsError(refusal, "The specified token isn't valid.")
    begin = int(place)
    end = begin + min(int(params.get("MaxResults") or size), size)
    return items[begin:end], f"{_PREFIX}{end}" if end < len(items) else None
