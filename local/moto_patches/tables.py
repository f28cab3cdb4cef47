"""DynamoDB tables: requests at a fair price, and items in bulk for snapshots."""

from __future__ import annotations

import base64
import copy
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from local.moto_patches.seams import Moto, Seam, module_global

_MODELS = "moto.dynamodb.models"
_ANSWERS = "moto.core.serialize:BaseJSONSerializer"
Item = Mapping[str, Any]
"""One item in DynamoDB's own JSON: `{"pk": {"S": "..."}, ...}`."""


def seams() -> list[Seam]:
    """Return the seams that let transactions, queries and answers cost what they touch.

    moto copies the whole table once for each operation of a transaction (90 locks on a table of
    1,000 items take seconds) and sorts the whole table for each query. Requests to DynamoDB run one
    at a time here, so the other items cannot change meanwhile. In an answer it looks for all ten
    types of a value, under several names each, where a value has one.
    """
    current = _Journal()

    def remember_items(original: Callable[[Moto, Moto], None]) -> Callable[[Moto, Moto], None]:
        def transact_write_items(self: Moto, transact_items: list[dict[str, Any]]) -> None:
            current.open(transact_items)
            try:
                original(self, transact_items)
            finally:
                current.close()

        return transact_write_items

    return [
        Seam(_MODELS + ":DynamoDBBackend", "transact_write_items", remember_items),
        Seam(_MODELS + ".table:Table", "query", _query_one_partition),
        Seam(_ANSWERS, "_serialize_type_structure", _tell_the_type_that_a_value_has),
        module_global(_MODELS, "copy", SimpleNamespace(deepcopy=current.deepcopy, copy=copy.copy)),
    ]


def _query_one_partition(original: Moto) -> Moto:
    parameters = inspect.signature(original)

    def query(*args: Moto, **named: Moto) -> Moto:
        call = parameters.bind(*args, **named).arguments
        self, hash_key = call["self"], call["hash_key"]
        if call.get("index_name") or not self.has_range_key:
            return original(*args, **named)
        image = copy.copy(self)
        partition = self.items.get(hash_key, {})
        if call["range_comparison"] == "BEGINS_WITH":
            prefix = call["range_objs"][0].value
            partition = {key: i for key, i in partition.items() if key.value.startswith(prefix)}
        image.items = {hash_key: partition}
        return original(image, *args[1:], **named)

    return query


def _tell_the_type_that_a_value_has(original: Callable[..., None]) -> Callable[..., None]:
    def tell(self: Moto, told: dict[str, Any], value: Moto, shape: Moto, key: str) -> None:
        if shape.name != "AttributeValue" or not isinstance(value, dict):
            original(self, told, value, shape, key)
            return
        told[key] = {}
        for type_, content in value.items():
            self._serialize(told[key], content, shape.members[type_], type_)

    return tell


class _Journal(threading.local):
    """What the transaction of this thread touches, and the images of its tables before it."""

    keys: dict[str, list[dict[str, Any]]] | None = None
    images: dict[str, Any]

    def open(self, transact_items: list[dict[str, Any]]) -> None:
        self.keys, self.images = {}, {}
        for operation in (op for item in transact_items for op in item.values()):
            key = operation.get("Key") or operation.get("Item") or {}
            self.keys.setdefault(operation.get("TableName", ""), []).append(key)

    def close(self) -> None:
        self.keys, self.images = None, {}

    def deepcopy(self, value: Moto) -> Moto:
        from moto.dynamodb.models.table import Table  # noqa: PLC0415

        if self.keys is None or not isinstance(value, Table):
            return copy.deepcopy(value)
        if value.name not in self.images:
            self.images[value.name] = _image(value, self.keys.get(value.name, []))
        return self.images[value.name]


def _image(table: Moto, keys: Iterable[dict[str, Any]]) -> Moto:
    """Return a table like `table` that shares every item but those under `keys`."""
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    image = copy.copy(table)
    image.items = copy.copy(table.items)
    for key in keys:
        hash_value = DynamoType(key.get(table.hash_key_attr, {"S": ""}))
        if hash_value not in table.items:
            continue
        if not table.has_range_key:
            image.items[hash_value] = copy.deepcopy(table.items[hash_value])
            continue
        if image.items[hash_value] is table.items[hash_value]:
            image.items[hash_value] = copy.copy(table.items[hash_value])
        range_value = DynamoType(key.get(table.range_key_attr, {"S": ""}))
        if range_value in table.items[hash_value]:
            item = table.items[hash_value][range_value]
            image.items[hash_value][range_value] = copy.deepcopy(item)
    return image


def items_of(account_id: str, region: str) -> dict[str, list[Item]]:
    """Return the items of every table."""
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    tables = dynamodb_backends[account_id][region].tables
    return {
        name: [
            {attribute: _as_json(value) for attribute, value in item.attrs.items()}
            for item in table.all_items()
        ]
        for name, table in tables.items()
    }


def put_items(account_id: str, region: str, items: Mapping[str, Iterable[Item]]) -> None:
    """Write items into tables that exist."""
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    tables = dynamodb_backends[account_id][region].tables
    for name, rows in items.items():
        for row in rows:
            tables[name].put_item({attribute: _as_value(value) for attribute, value in row.items()})


def _as_json(value: Moto) -> dict[str, Any]:
    if value.type == "L":
        return {"L": [_as_json(member) for member in value.value]}
    if value.type == "M":
        return {"M": {key: _as_json(member) for key, member in value.value.items()}}
    if isinstance(value.value, bytes):
        return {value.type: base64.b64encode(value.value).decode()}
    if value.type == "BS":
        return {"BS": [base64.b64encode(member).decode() for member in value.value]}
    return {value.type: value.value}


def _as_value(value: Item) -> dict[str, Any]:
    kind, content = next(iter(value.items()))
    if kind == "L":
        return {"L": [_as_value(member) for member in content]}
    if kind == "M":
        return {"M": {key: _as_value(member) for key, member in content.items()}}
    if kind == "B":
        return {"B": base64.b64decode(content)}
    if kind == "BS":
        return {"BS": [base64.b64decode(member) for member in content]}
    return {kind: content}


def forget_everything() -> None:
    """Drop all state of all simulated services."""
    from moto.core.base_backend import BackendDict  # noqa: PLC0415

    BackendDict.reset()
