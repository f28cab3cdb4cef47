"""DynamoDB on the laptop: what the product's transactions and conditions rely on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.deployment import Json
from tests.workflow.engine_world import TABLE_NAME, World, running

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef


def key(pk: str, sk: str = "LOCK") -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put_lock(pk: str, owner: str = "me") -> PutTypeDef:
    """Take a lock that nobody holds."""
    return {
        "TableName": TABLE_NAME,
        "Item": {**key(pk), "owner": {"S": owner}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }


def lock(pk: str, owner: str = "me") -> TransactWriteItemTypeDef:
    return {"Put": put_lock(pk, owner)}


def items(world: World) -> dict[str, Any]:
    found = world.dynamodb.scan(TableName=TABLE_NAME)["Items"]
    return {item["pk"]["S"]: item for item in found}


def test_the_table_has_what_the_template_says() -> None:
    with running() as world:
        table = world.dynamodb.describe_table(TableName=TABLE_NAME)["Table"]
        ttl = world.dynamodb.describe_time_to_live(TableName=TABLE_NAME)
        backups = world.dynamodb.describe_continuous_backups(TableName=TABLE_NAME)
        with pytest.raises(ClientError, match="DeletionProtectionEnabled"):
            world.dynamodb.delete_table(TableName=TABLE_NAME)
    assert [part["AttributeName"] for part in table["KeySchema"]] == ["pk", "sk"]
    assert ttl["TimeToLiveDescription"]["AttributeName"] == "expires"
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_condition_that_does_not_hold_shows_the_old_item() -> None:
    with running() as world:
        put: Json = put_lock("a") | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        world.dynamodb.put_item(**put)
        with pytest.raises(world.dynamodb.exceptions.ConditionalCheckFailedException) as refused:
            world.dynamodb.put_item(**put)
        response: Json = refused.value.response
    assert response["Item"]["owner"] == {"S": "me"}


def test_a_transaction_of_a_hundred_goes_through_and_of_one_more_does_not() -> None:
    with running() as world:
        world.dynamodb.transact_write_items(TransactItems=[lock(f"s-{i}") for i in range(100)])
        with pytest.raises(ClientError) as refused:
            world.dynamodb.transact_write_items(TransactItems=[lock(f"t-{i}") for i in range(101)])
        assert len(items(world)) == 100
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_cancelled_transaction_changes_nothing_and_says_which_part_failed() -> None:
    with running() as world:
        world.dynamodb.transact_write_items(TransactItems=[lock("b", "other"), lock("d")])
        before = items(world)
        change: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": TABLE_NAME,
                "Key": key("d"),
                "UpdateExpression": "SET #o = :new",
                "ExpressionAttributeNames": {"#o": "owner"},
                "ExpressionAttributeValues": {":new": {"S": "changed"}},
            }
        }
        remove: TransactWriteItemTypeDef = {"Delete": {"TableName": TABLE_NAME, "Key": key("c")}}
        with pytest.raises(world.dynamodb.exceptions.TransactionCanceledException) as refused:
            world.dynamodb.transact_write_items(
                TransactItems=[lock("a"), change, remove, lock("b")]
            )
        assert items(world) == before
    reasons = [reason["Code"] for reason in refused.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]


def test_the_same_item_twice_in_a_transaction_is_refused() -> None:
    with running() as world:
        with pytest.raises(ClientError, match="multiple operations on one item"):
            world.dynamodb.transact_write_items(TransactItems=[lock("a"), lock("a")])
        assert items(world) == {}


def test_transactions_that_fail_do_not_undo_what_others_write_meanwhile() -> None:
    with running() as world:
        world.dynamodb.transact_write_items(TransactItems=[lock("taken")])

        def fail_often() -> None:
            for i in range(15):
                with pytest.raises(world.dynamodb.exceptions.TransactionCanceledException):
                    world.dynamodb.transact_write_items(
                        TransactItems=[lock(f"never-{i}"), lock("taken")]
                    )

        def write(thread: int) -> None:
            for i in range(15):
                world.dynamodb.put_item(TableName=TABLE_NAME, Item=key(f"kept-{thread}-{i}"))

        threads = [threading.Thread(target=fail_often)]
        threads += [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(items(world)) == 1 + 3 * 15
