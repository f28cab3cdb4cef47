"""Lists that are read part by part."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Part of a list and the token of the next part; no token: the list ends here."""

    items: list[T]
    next_token: str | None
