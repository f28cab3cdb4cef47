"""Empty tables for many tests of one module: the simulated AWS starts once, each test has a table.

Starting moto and a client takes longer than most of these tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import boto3
from moto import mock_aws

from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.items import Items
from local.virtual.items import MemoryItems
from tests.contract.item_tables import create_table

_numbers = count()


@contextmanager
def fresh_tables(kind: str) -> Iterator[Callable[[], Items]]:
    """Yield a function that returns an empty table of a kind of `item_tables.KINDS`."""
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

        def table() -> Items:
            name = f"Table{next(_numbers)}"
            create_table(client, name)
            return DynamoDBItems(client, name)

        yield table
