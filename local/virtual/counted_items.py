"""A table in memory whose reads and writes are calls of DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.items import Key, Put, Record, Write
from local.virtual.calls import Calls
from local.virtual.items import MemoryItems

_KEYS_AT_ONCE = 100


class CountedItems:
    """Fulfils the Protocol `Items`. `writes` counts the transactions that took effect."""

    def __init__(self, items: MemoryItems, calls: Calls) -> None:
        self.items = items
        self.writes = 0
        self._calls = calls

    def get(self, key: Key) -> Record | None:
        """Return the item without its keys, or None."""
        return self._calls.make("dynamodb", "GetItem", lambda: self.items.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the items that exist, without their keys."""
        found: dict[Key, Record] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            found |= self._get_batch(wanted[start : start + _KEYS_AT_ONCE])
        return found

    def query(self, pk: str, prefix: str = "") -> list[Record]:
        """Return all items of a partition whose `sk` begins with `prefix`, in the order of `sk`.

        As on AWS, each megabyte is a call of its own, and others may write between two.
        """
        records, last = self._query_page(pk, prefix, None)
        while last is not None:
            more, last = self._query_page(pk, prefix, last)
            records += more
        return records

    def page(self, pk: str, limit: int, next_token: str | None) -> tuple[list[Record], str | None]:
        """Return part of a partition in the order of `sk`."""
        return self._calls.make("dynamodb", "Query", lambda: self.items.page(pk, limit, next_token))

    def index_page(
        self, index: str, attribute: str, value: str, limit: int, next_token: str | None
    ) -> tuple[list[Record], str | None]:
        """Return part of an index, newest first."""
        return self._calls.make(
            "dynamodb",
            "Query",
            lambda: self.items.index_page(index, attribute, value, limit, next_token),
        )

    def write(self, *writes: Write) -> None:
        """Carry out all writes or none; raise ConditionFailedError or StoreUnavailable."""
        is_plain = len(writes) == 1 and isinstance(writes[0], Put) and not writes[0].conditions
        operation = "PutItem" if is_plain else "TransactWriteItems"
        self._calls.make("dynamodb", operation, lambda: self._write(writes))

    def largest_item_bytes(self) -> int:
        """Return the size of the largest item that was ever written, as JSON with its keys."""
        return max(self.items.largest_bytes.values(), default=0)

    def _query_page(
        self, pk: str, prefix: str, after: str | None
    ) -> tuple[list[Record], str | None]:
        return self._calls.make(
            "dynamodb", "Query", lambda: self.items.query_page(pk, prefix, after)
        )

    def _get_batch(self, keys: list[Key]) -> dict[Key, Record]:
        return self._calls.make("dynamodb", "BatchGetItem", lambda: self.items.get_many(keys))

    def _write(self, writes: Sequence[Write]) -> None:
        self.items.write(*writes)
        self.writes += 1
