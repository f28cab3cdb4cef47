"""IAM statements for the tables: no Scan, and no right that no use case calls for."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

# A transaction has no action of its own: AWS checks those of its parts.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
_WRITE = (
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)


def read_tables(*tables: dynamodb.Table) -> iam.PolicyStatement:
    """Items by key, or by partition."""
    return iam.PolicyStatement(
        sid="ReadTables", actions=list(_READ), resources=[table.table_arn for table in tables]
    )


def query_indexes(table: dynamodb.Table) -> iam.PolicyStatement:
    """Every index of the table."""
    return iam.PolicyStatement(
        sid="QueryIndexes",
        actions=["dynamodb:Query"],
        resources=[f"{table.table_arn}/index/*"],
    )


def write_tables(*tables: dynamodb.Table) -> iam.PolicyStatement:
    """Items one by one or in a transaction."""
    return iam.PolicyStatement(
        sid="WriteTables", actions=list(_WRITE), resources=[table.table_arn for table in tables]
    )
