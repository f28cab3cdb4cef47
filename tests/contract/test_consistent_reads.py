"""Which reads are refused as stale in these tests, and that DynamoDB's table is watched in all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from drs_orchestrator.adapters.items import Items, Key, Put
from tests.contract.consistent_reads import StaleRead, refuse_stale_reads
from tests.contract.item_tables import create_table, fresh_tables

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEY = {"pk": {"S": "P"}, "sk": {"S": "a"}}
PARTITION = {
    "TableName": "Table",
    "KeyConditionExpression": "pk = :pk",
    "ExpressionAttributeValues": {":pk": {"S": "P"}},
}
INDEX = {
    "TableName": "Table",
    "IndexName": "byPlan",
    "KeyConditionExpression": "planId = :id",
    "ExpressionAttributeValues": {":id": {"S": "plan_0"}},
}
GET = {"TableName": "Table", "Key": KEY}
Read = Callable[["DynamoDBClient"], object]


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        client = boto3.client(
            "dynamodb",
            region_name="us-west-2",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        create_table(client, "Table")
        refuse_stale_reads(client)
        yield client


def _batch(**asked: bool) -> dict[str, Any]:
    return {"RequestItems": {"Table": {"Keys": [KEY], **asked}}}


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.get_item(**GET),
        lambda client: client.get_item(**GET, ConsistentRead=False),
        lambda client: client.query(**PARTITION),
        lambda client: client.scan(TableName="Table"),
        lambda client: client.batch_get_item(**_batch()),
    ],
)
def test_a_read_that_may_be_stale_is_refused(client: DynamoDBClient, read: Read) -> None:
    with pytest.raises(StaleRead):
        read(client)


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.get_item(**GET, ConsistentRead=True),
        lambda client: client.query(**PARTITION, ConsistentRead=True),
        lambda client: client.query(**INDEX),
        lambda client: client.batch_get_item(**_batch(ConsistentRead=True)),
        lambda client: client.transact_get_items(TransactItems=[{"Get": GET}]),
        lambda client: client.put_item(TableName="Table", Item=KEY),
    ],
)
def test_whatever_else_is_let_through(client: DynamoDBClient, read: Read) -> None:
    read(client)


@pytest.mark.parametrize(
    "read",
    [
        lambda items: items.get(Key("P", "0")),
        lambda items: items.get_many([Key("P", f"{n}") for n in range(130)]),
        lambda items: items.query("P"),
        lambda items: items.query("P", "1"),
        lambda items: items.page("P", 3, items.page("P", 3, None)[1]),
    ],
)
def test_every_read_of_a_table_is_consistent(read: Callable[[Items], object]) -> None:
    with fresh_tables("dynamodb") as tables:
        items = tables()
        for n in range(12):
            items.write(Put(Key("P", f"{n}"), {"text": "x" * 100_000}))

        read(items)
