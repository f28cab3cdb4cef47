"""Items in memory, with the conditions and the atomicity of DynamoDB's transactions."""

from __future__ import annotations

import base64
import binascii
import json
import pickle
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

from drs_orchestrator.adapters.items import (
    Absent,
    Change,
    Check,
    Condition,
    ConditionFailedError,
    Delete,
    Exists,
    Key,
    Put,
    Record,
    Write,
)
from drs_orchestrator.domain.errors import InvalidRequest, StoreUnavailable
from local.virtual.lagging_index import LaggingIndex


class Item(NamedTuple):
    """An item that nobody changes, and the same pickled: items are read ten times as often as
    written, and to unpickle one is the cheapest way to a copy of it. `size` in bytes.
    """

    record: Record
    pickled: bytes
    size: int

    def read(self) -> Record:
        """Return a copy."""
        copy: Record = pickle.loads(self.pickled)  # noqa: S301 - our own
        return copy


# What DynamoDB admits in one TransactWriteItems, and what it reads in one Query.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
MAX_WRITES = 100
MAX_QUERY_BYTES = 1024 * 1024
# Sorts every index; an item without it is in none.
_INDEX_SORT_KEY = "startTime"
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class MemoryItems:
    """One table; safe to share between threads. Fulfils the Protocol `Items`.

    `index`: where its indexes have their items from. `largest_bytes`: of each partition, the
    largest item that was ever written to it.
    """

    def __init__(self, index: LaggingIndex[Item] | None = None) -> None:
        self._partitions: dict[str, dict[str, Item]] = {}
        # The sort keys of each partition in order: a query must not look at everything.
        self._orders: dict[str, list[str]] = {}
        # The partitions that were written to, in order.
        self._journal: list[str] = []
        self.largest_bytes: dict[str, int] = {}
        self._index = LaggingIndex[Item]() if index is None else index
        self._lock = threading.Lock()

    def get(self, key: Key) -> Record | None:
        """Return a copy of the item, or None."""
        with self._lock:
            item = self._partitions.get(key.pk, {}).get(key.sk)
            return None if item is None else item.read()

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the items that exist, without their keys."""
        found = {key: self.get(key) for key in keys}
        return {key: record for key, record in found.items() if record is not None}

    def query(self, pk: str, prefix: str = "") -> list[Record]:
        """Return all items of a partition whose `sk` begins with `prefix`, in the order of `sk`."""
        records, last = self.query_page(pk, prefix)
        while last is not None:
            more, last = self.query_page(pk, prefix, last)
            records += more
        return records

    def query_page(
        self, pk: str, prefix: str = "", after: str | None = None
    ) -> tuple[list[Record], str | None]:
        """Return what one Query reads of it, and the `sk` that the next begins after, if any."""
        records: list[Record] = []
        size = 0
        with self._lock:
            partition, order = self._partitions.get(pk, {}), self._orders.get(pk, [])
            begin = bisect_left(order, prefix) if after is None else bisect_right(order, after)
            for place in range(begin, len(order)):
                sk = order[place]
                if not sk.startswith(prefix):
                    break
                size += partition[sk].size
                if records and size > MAX_QUERY_BYTES:
                    return records, order[place - 1]
                records.append(partition[sk].read())
        return records, None

    def page(self, pk: str, limit: int, next_token: str | None) -> tuple[list[Record], str | None]:
        """Return part of a partition in the order of `sk`."""
        after = _decoded(next_token, 1) if next_token else None
        with self._lock:
            items = [
                ([sk], item)
                for sk, item in sorted(self._partitions.get(pk, {}).items())
                if after is None or [sk] > after
            ]
        return _cut(items, limit)

    def index_page(
        self, index: str, attribute: str, value: str, limit: int, next_token: str | None
    ) -> tuple[list[Record], str | None]:
        """Return part of an index, newest first; any name will do, for all are indexed."""
        del index
        after = _decoded(next_token, 3) if next_token else None
        with self._lock:
            items = sorted(
                (
                    ([item.record[_INDEX_SORT_KEY], key.pk, key.sk], item)
                    for key, item in self._index.items()
                    if item.record.get(attribute) == value
                ),
                key=lambda placed: placed[0],
                reverse=True,
            )
        return _cut([placed for placed in items if after is None or placed[0] < after], limit)

    def write(self, *writes: Write) -> None:
        """Carry out all writes or none; raise ConditionFailedError or, as DynamoDB's limits do,
        StoreUnavailable.
        """
        if len(writes) > MAX_WRITES or len({write.key for write in writes}) < len(writes):
            raise StoreUnavailable(f"a transaction holds up to {MAX_WRITES} writes, one an item")
        with self._lock:
            failed = [i for i, write in enumerate(writes) if not self._holds(write)]
            if failed:
                raise ConditionFailedError(failed)
            results = [(write.key, self._result(write)) for write in writes]
            for key, record in results:
                self._store(key, record)
                self._journal.append(key.pk)

    def everything(self) -> list[tuple[Key, Record]]:
        """Return a copy of every item with its key, for whoever looks on."""
        with self._lock:
            return [
                (Key(pk, sk), item.read())
                for pk, partition in sorted(self._partitions.items())
                for sk, item in sorted(partition.items())
            ]

    @property
    def written(self) -> int:
        """How many items have been written or deleted so far."""
        return len(self._journal)

    def written_since(self, written: int) -> dict[str, dict[str, Record]]:
        """Return the partitions written to after so many writes, whole, their items by `sk`.

        The items are those of the table, for whoever looks on and changes nothing: a write puts
        another item in the place of one, it never changes it.
        """
        with self._lock:
            partitions = dict.fromkeys(self._journal[written:])
            return {
                pk: {sk: item.record for sk, item in self._partitions[pk].items()}
                for pk in partitions
            }

    def _find(self, key: Key) -> Record | None:
        item = self._partitions.get(key.pk, {}).get(key.sk)
        return None if item is None else item.record

    def _holds(self, write: Write) -> bool:
        record = self._find(write.key)
        return all(_fulfils(record, condition) for condition in write.conditions)

    def _result(self, write: Write) -> Record | None:
        match write:
            case Put():
                return _copied(write.record)
            case Change():
                found = self._find(write.key) or {}
                kept = {name: found.get(source) for name, source in write.kept.items()}
                return _copied({**write.defaults, **found, **write.values, **kept})
            case Delete():
                return None
            case Check():
                return self._find(write.key)

    def _store(self, key: Key, record: Record | None) -> None:
        partition = self._partitions.setdefault(key.pk, {})
        order = self._orders.setdefault(key.pk, [])
        item: Item | None = None
        if record is not None:
            if key.sk not in partition:
                insort(order, key.sk)
            size = item_bytes(key, record)
            item = partition[key.sk] = Item(record, pickle.dumps(record), size)
            self.largest_bytes[key.pk] = max(size, self.largest_bytes.get(key.pk, 0))
        elif partition.pop(key.sk, None) is not None:
            del order[bisect_left(order, key.sk)]
        self._index.note(key, item if record is not None and _INDEX_SORT_KEY in record else None)


def item_bytes(key: Key, record: Record) -> int:
    """Return the size of an item with its keys, as JSON: about what DynamoDB counts, and more."""
    return len(_as_json({"pk": key.pk, "sk": key.sk, **record}).encode())


def _fulfils(record: Record | None, condition: Condition) -> bool:
    attributes: Record = {} if record is None else {"pk": "", "sk": "", **record}
    match condition:
        case Absent():
            return condition.attribute not in attributes
        case Exists():
            return condition.attribute in attributes
        case _:
            return attributes.get(condition.attribute) in condition.values


def _copied(record: Record) -> Record:
    return {name: _copied_value(value) for name, value in record.items()}


def _copied_value(value: object) -> object:
    """Return a deep copy of what DynamoDB holds too; boto3 refuses times."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [_copied_value(element) for element in value]
    if isinstance(value, dict):
        return {name: _copied_value(element) for name, element in value.items()}
    raise TypeError(f"no table holds a {type(value).__name__}: {value!r}")


def _cut(items: Sequence[tuple[list[str], Item]], limit: int) -> tuple[list[Record], str | None]:
    """Return the first `limit` items; as DynamoDB's, a full page has a token even at the end."""
    shown = items[:limit]
    token = _encoded(shown[-1][0]) if len(shown) == limit else None
    return [item.read() for _, item in shown], token


def _encoded(place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _decoded(token: str, length: int) -> list[str]:
    try:
        place = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidRequest("nextToken is not one of ours; start the list again") from error
    if not (
        isinstance(place, list)
        and len(place) == length
        and all(isinstance(part, str) for part in place)
    ):
        raise InvalidRequest("nextToken is not one of ours; start the list again")
    return place
