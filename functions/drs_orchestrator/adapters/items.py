"""Items: the little of a key-value store with conditions that our stores are written on.

DynamoDB fulfils it (`dynamodb.py`), and so may a store in memory. Every table has the string keys
`pk` and `sk`; reads are strongly consistent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

Record = dict[str, Any]
# What one DynamoDB transaction may hold, less some room for checks beside the chunk.
CHUNK = 90


class Key(NamedTuple):
    """The name of one item."""

    pk: str
    sk: str


@dataclass(frozen=True)
class Absent:
    """The item has no such attribute; with the default, the item does not exist."""

    attribute: str = "pk"


@dataclass(frozen=True)
class Exists:
    """The item has the attribute; with the default, the item exists."""

    attribute: str = "pk"


@dataclass(frozen=True)
class OneOf:
    """The attribute has one of the values."""

    attribute: str
    values: Collection[str | int]


Condition = Absent | Exists | OneOf


@dataclass(frozen=True)
class Put:
    """Replace the whole item."""

    key: Key
    record: Record
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True)
class Change:
    """Set some attributes of an item; `defaults` only where it has none yet.

    `kept`: attributes that get what another has until now, None if it has nothing.
    """

    key: Key
    values: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True)
class Delete:
    """Remove an item; an absent one is fine."""

    key: Key
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True)
class Check:
    """Write nothing, but refuse the transaction unless the conditions hold."""

    key: Key
    conditions: Sequence[Condition]


Write = Put | Change | Delete | Check


class ConditionFailedError(Exception):
    """At least one condition did not hold, so nothing was written.

    `failed` holds the places of the refused writes among those given.
    """

    def __init__(self, failed: Sequence[int]) -> None:
        super().__init__(f"conditions of writes {list(failed)} do not hold")
        self.failed = tuple(failed)


class Items(Protocol):
    """One table."""

    def get(self, key: Key) -> Record | None:
        """Return the item without its keys, or None."""
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the items that exist, without their keys."""
        ...

    def query(self, pk: str, prefix: str = "") -> list[Record]:
        """Return all items of a partition whose `sk` begins with `prefix`, in the order of `sk`."""
        ...

    def page(self, pk: str, limit: int, next_token: str | None) -> tuple[list[Record], str | None]:
        """Return part of a partition in the order of `sk`; raise InvalidRequest on a bad token."""
        ...

    def index_page(
        self, index: str, attribute: str, value: str, limit: int, next_token: str | None
    ) -> tuple[list[Record], str | None]:
        """Return part of an index, newest first; raise InvalidRequest on a bad token."""
        ...

    def write(self, *writes: Write) -> None:
        """Carry out all writes or none; raise ConditionFailedError. At most 100."""
        ...
