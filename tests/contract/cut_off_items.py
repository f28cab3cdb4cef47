"""A table that is lost in the middle of a request, as when a function is killed."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.items import Items, Key, Record, Write
from drs_orchestrator.domain.errors import StoreUnavailable


class CutOffItems:
    """Passes `writes` writes on to `items`, then none."""

    def __init__(self, items: Items, writes: int) -> None:
        self._items = items
        self._left = writes

    def get(self, key: Key) -> Record | None:
        """Return the item."""
        return self._items.get(key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the items that exist."""
        return self._items.get_many(keys)

    def query(self, pk: str, prefix: str = "") -> list[Record]:
        """Return a partition."""
        return self._items.query(pk, prefix)

    def page(self, pk: str, limit: int, next_token: str | None) -> tuple[list[Record], str | None]:
        """Return part of a partition."""
        return self._items.page(pk, limit, next_token)

    def index_page(
        self, index: str, attribute: str, value: str, limit: int, next_token: str | None
    ) -> tuple[list[Record], str | None]:
        """Return part of an index."""
        return self._items.index_page(index, attribute, value, limit, next_token)

    def write(self, *writes: Write) -> None:
        """Write while it lasts."""
        if self._left == 0:
            raise StoreUnavailable("cut off")
        self._left -= 1
        self._items.write(*writes)
