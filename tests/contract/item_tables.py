"""The two tables that fulfil `Items`: one in memory, one in DynamoDB as moto simulates it.

Starting moto and a client takes longer than most of these tests, so that it is started once for the
tests of a module, each of which has a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.items import Items
from local.virtual.items import MemoryItems
from tests.contract.consistent_reads import refuse_stale_reads

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KINDS = ("memory", "dynamodb")
_numbers = count()


@contextmanager
def fresh_tables(kind: str) -> Iterator[Callable[[], Items]]:
    """Yield a function that returns an empty table of one of `KINDS`."""
    if kind == "memory":
        yield MemoryItems
        return
    with mock_aws():
        client = boto3.client(
            "dynamodb",
            region_name="us-west-2",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        refuse_stale_reads(client)

        def table() -> Items:
            name = f"Table{next(_numbers)}"
            create_table(client, name)
            return DynamoDBItems(client, name)

        yield table


def create_table(client: DynamoDBClient, name: str) -> None:
    """Create a table with the keys, and an index with the sort key, that all of ours have."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"}
            for attribute in ("pk", "sk", "recordType", "startTime", "planId")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": attribute, "KeyType": "HASH"},
                    {"AttributeName": "startTime", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, attribute in (("byStart", "recordType"), ("byPlan", "planId"))
        ],
    )
