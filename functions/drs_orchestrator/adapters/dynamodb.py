"""Items in DynamoDB."""

from __future__ import annotations

import base64
import binascii
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

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
from drs_orchestrator.domain.errors import Fault, Invalid, InvalidRequest, StoreUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
# Transactions that touch one item at the same moment, even only to check it, cancel each other and
# the SDK does not try again:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
_PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
# The maximum of BatchGetItem.
_KEYS_AT_ONCE = 100
# What a place in a list has beside the key of the list's partition.
_PLACE_IN_TABLE = frozenset({"sk"})
_PLACE_IN_INDEX = frozenset({"pk", "sk", "startTime"})
_LONGEST_KEY = 1024
_serializer = TypeSerializer()
_deserialize = TypeDeserializer().deserialize


class DynamoDBItems:
    """One table of `client`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, key: Key) -> Record | None:
        """Return the item without its keys, or None."""
        answer = self._call(
            lambda: self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        )
        return _record(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the items that exist, without their keys."""
        found: dict[Key, Record] = {}
        todo = [_key(key) for key in dict.fromkeys(keys)]
        while todo:
            items, unread = self._get_batch(todo[:_KEYS_AT_ONCE])
            found |= {Key(item["pk"]["S"], item["sk"]["S"]): _record(item) for item in items}
            todo = unread + todo[_KEYS_AT_ONCE:]
        return found

    def query(self, pk: str, prefix: str = "") -> list[Record]:
        """Return all items of a partition whose `sk` begins with `prefix`."""
        request = self._partition(pk, prefix)
        records: list[Record] = []
        while True:
            answer = self._call(lambda: self._client.query(**request))
            records += [_record(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return records
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def page(self, pk: str, limit: int, next_token: str | None) -> tuple[list[Record], str | None]:
        """Return part of a partition in the order of `sk`."""
        request = {**self._partition(pk, ""), "Limit": limit}
        return self._page(request, {"pk": pk}, _PLACE_IN_TABLE, next_token)

    def index_page(
        self, index: str, attribute: str, value: str, limit: int, next_token: str | None
    ) -> tuple[list[Record], str | None]:
        """Return part of an index, newest first."""
        request = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": "#a = :v",
            "ExpressionAttributeNames": {"#a": attribute},
            "ExpressionAttributeValues": {":v": {"S": value}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        return self._page(request, {attribute: value}, _PLACE_IN_INDEX, next_token)

    def write(self, *writes: Write) -> None:
        """Carry out all writes or none.

        A single conditional write is a transaction too: when the SDK sends it again because the
        answer was lost, its request token makes both one, where a plain conditional write would
        refuse its own repetition.
        """
        if len(writes) == 1 and isinstance(writes[0], Put) and not writes[0].conditions:
            put = self._action(writes[0])["Put"]
            self._call(lambda: self._client.put_item(**put))
            return
        actions = [self._action(write) for write in writes]
        self._call(lambda: self._client.transact_write_items(TransactItems=actions))  # type: ignore[arg-type]

    def _get_batch(self, keys: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        """Return the items that exist, and the keys that DynamoDB left for another call."""
        request: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        answer: Mapping[str, Any] = self._call(
            lambda: self._client.batch_get_item(RequestItems=request)
        )
        unread = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return answer["Responses"].get(self._table, []), unread

    def _partition(self, pk: str, prefix: str) -> dict[str, Any]:
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        return {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }

    def _page(
        self,
        request: dict[str, Any],
        partition: dict[str, str],
        place: Set[str],
        next_token: str | None,
    ) -> tuple[list[Record], str | None]:
        """Return part of a query; a token never leads out of the `partition` that was asked for."""
        if next_token:
            start = {**_decode(next_token, place), **partition}
            request["ExclusiveStartKey"] = {name: {"S": text} for name, text in start.items()}
        answer = self._call(lambda: self._client.query(**request))
        last = answer.get("LastEvaluatedKey", {})
        rest = {name: value["S"] for name, value in last.items() if name not in partition}
        return [_record(item) for item in answer["Items"]], _encode(rest) if rest else None

    def _action(self, write: Write) -> dict[str, Any]:
        body: dict[str, Any] = {"TableName": self._table}
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        condition = _conditions(write.conditions, names, values)
        if condition:
            body["ConditionExpression"] = condition
        match write:
            case Put():
                body["Item"] = {**_key(write.key), **_attributes(write.record)}
                kind = "Put"
            case Change():
                body["Key"] = _key(write.key)
                body["UpdateExpression"] = _assignments(write, names, values)
                kind = "Update"
            case Delete():
                body["Key"] = _key(write.key)
                kind = "Delete"
            case Check():
                body["Key"] = _key(write.key)
                kind = "ConditionCheck"
        if names:
            body["ExpressionAttributeNames"] = names
        if values:
            body["ExpressionAttributeValues"] = values
        return {kind: body}

    def _call(self, request: Callable[[], T]) -> T:
        for pause_seconds in (*_PAUSES_SECONDS, None):
            try:
                return request()
            except ClientError as error:
                refused = _writes_with(error, "ConditionalCheckFailed")
                if refused:
                    raise ConditionFailedError(refused) from error
                if pause_seconds is None or not _writes_with(error, "TransactionConflict"):
                    raise _problem(self._table, error) from error
                time.sleep(random.uniform(0, pause_seconds))
            except BotoCoreError as error:
                raise StoreUnavailable(f"table {self._table}: {error}") from error
        raise AssertionError("the last try returns or raises")


def _problem(table: str, error: ClientError) -> Invalid | StoreUnavailable:
    is_bad_start = "exclusive start key" in str(error).lower()
    if is_bad_start or "provided starting key" in str(error).lower():
        return _foreign_start()
    return StoreUnavailable(f"table {table}: {error}")


def _writes_with(error: ClientError, code: str) -> list[int]:
    """Return the places of the writes that made DynamoDB cancel the transaction with `code`."""
    reasons: Sequence[Mapping[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [i for i, reason in enumerate(reasons) if reason.get("Code") == code]


def _conditions(
    conditions: Sequence[Condition], names: dict[str, str], values: dict[str, Any]
) -> str:
    terms: list[str] = []
    for i, condition in enumerate(conditions):
        name = f"#c{i}"
        names[name] = condition.attribute
        match condition:
            case Absent():
                terms.append(f"attribute_not_exists({name})")
            case Exists():
                terms.append(f"attribute_exists({name})")
            case _:
                places = [f":c{i}x{j}" for j in range(len(condition.values))]
                values.update(zip(places, map(_serialize, condition.values), strict=True))
                terms.append(f"{name} IN ({', '.join(places)})")
    return " AND ".join(terms)


def _assignments(change: Change, names: dict[str, str], values: dict[str, Any]) -> str:
    terms: list[str] = []
    for i, (attribute, value) in enumerate({**change.values, **change.defaults}.items()):
        names[f"#s{i}"] = attribute
        values[f":s{i}"] = _serialize(value)
        keeps = attribute in change.defaults
        terms.append(f"#s{i} = if_not_exists(#s{i}, :s{i})" if keeps else f"#s{i} = :s{i}")
    for i, (attribute, source) in enumerate(change.kept.items()):
        names |= {f"#k{i}": attribute, f"#o{i}": source}
        values[":none"] = _serialize(None)
        terms.append(f"#k{i} = if_not_exists(#o{i}, :none)")
    return "SET " + ", ".join(terms)


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _attributes(record: Record) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in record.items()}


def _record(item: Mapping[str, Any]) -> Record:
    return {n: _plain(_deserialize(v)) for n, v in item.items() if n not in {"pk", "sk"}}


def _serialize(value: object) -> Mapping[str, Any]:
    return _serializer.serialize(_decimal(value))


def _decimal(value: object) -> object:
    """Return fractions as the decimals that they are written as; boto3 takes no floats."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [_decimal(element) for element in value]
    if isinstance(value, dict):
        return {name: _decimal(element) for name, element in value.items()}
    return value


def _plain(value: object) -> object:
    """Return DynamoDB's decimals as the numbers that we wrote."""
    if isinstance(value, Decimal):
        whole = int(value)
        return whole if whole == value else float(value)
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(element) for name, element in value.items()}
    return value


def _encode(key: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(token: str, place: Set[str]) -> dict[str, str]:
    """Return the part of a start key that a token holds: texts by the names of key attributes."""
    try:
        key = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _foreign_start() from error
    if not isinstance(key, dict) or set(key) != place or not all(map(_may_be_key, key.values())):
        raise _foreign_start()
    return key


def _foreign_start() -> InvalidRequest:
    message = (
        "query parameter 'nextToken' is not one of this list's; start the list again without it"
    )
    return InvalidRequest("the request is not valid", [Fault("", message)])


def _may_be_key(value: object) -> bool:
    """Whether DynamoDB takes it as a key, and our own are like it."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY and value.isascii()
