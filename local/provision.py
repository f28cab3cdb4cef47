"""Creates what a deployment asks for, through the AWS API of the running engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from local.deployment import Deployment, TableDefinition

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def create_resources(deployment: Deployment) -> None:
    """Create tables and state machines; functions need no creation, they run in this process."""
    dynamodb = boto3.client("dynamodb")
    for table in deployment.tables:
        _create_table(dynamodb, table)
    stepfunctions = boto3.client("stepfunctions")
    for machine in deployment.state_machines:
        stepfunctions.create_state_machine(
            name=machine.name,
            definition=machine.definition,
            roleArn=machine.role_arn,
            type=machine.type,
        )


def _create_table(dynamodb: DynamoDBClient, table: TableDefinition) -> None:
    dynamodb.create_table(TableName=table.name, **table.create)
    if table.time_to_live is not None:
        dynamodb.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={
                "AttributeName": table.time_to_live["AttributeName"],
                "Enabled": bool(table.time_to_live["Enabled"]),
            },
        )
    if table.point_in_time_recovery:
        dynamodb.update_continuous_backups(
            TableName=table.name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
