"""Every read of a table asks for what was written last; seen as botocore sends it.

No simulation can show that, for their tables are consistent whatever is asked: moto's, and those in
memory. docs/decisions/0002-bells-and-consistent-reads.md needs it: who writes first and reads then
must not read what was there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_READS = ("GetItem", "Query", "Scan")


class StaleRead(AssertionError):
    """A read that may return what was there before the last write."""


def refuse_stale_reads(client: DynamoDBClient) -> None:
    """Let every read of a client raise StaleRead before it is sent, if it is not consistent.

    An index cannot be read so, and a transaction is read so always.
    """
    client.meta.events.register("provide-client-params.dynamodb", _look)


def _look(params: Mapping[str, Any], event_name: str, **_: object) -> None:
    operation = event_name.rpartition(".")[2]
    asked = [params] if operation in _READS else []
    if operation == "BatchGetItem":
        asked = list(params["RequestItems"].values())
    for each in asked:
        if "IndexName" not in each and each.get("ConsistentRead") is not True:
            raise StaleRead(f"{operation}: {each}")
