"""The tables: everything that must outlive a deployment, a mistake and a deleted stack."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.config import DeploymentConfig

_STRING = dynamodb.AttributeType.STRING


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The four tables; the stacks that use them get this and nothing else of the data stack."""

    protection_groups: dynamodb.Table
    recovery_plans: dynamodb.Table
    executions: dynamodb.Table
    accounts: dynamodb.Table


class DataStack(Stack):
    """Protection groups, recovery plans, executions and accounts with text keys `pk`, `sk`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, env: Environment
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="DRS orchestrator: its data, kept when the stack goes",
            termination_protection=config.retain_data,
            env=env,
        )
        self.tables = Tables(
            protection_groups=self._table("ProtectionGroups", config),
            recovery_plans=self._table("RecoveryPlans", config),
            executions=self._table("Executions", config),
            accounts=self._table("Accounts", config),
        )
        # Only an execution's header carries these attributes, so both indexes stay sparse.
        self._index("byPlan", partition_key="planId")
        self._index("byStart", partition_key="recordType")

    def _table(self, name: str, config: DeploymentConfig) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            f"{name}Table",
            partition_key=dynamodb.Attribute(name="pk", type=_STRING),
            sort_key=dynamodb.Attribute(name="sk", type=_STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=config.retain_data,
            removal_policy=RemovalPolicy.RETAIN if config.retain_data else RemovalPolicy.DESTROY,
        )
        # Exact logical ids: local mode and the tests find the tables in the template by name.
        resource = table.node.default_child
        if not isinstance(resource, dynamodb.CfnTable):
            raise TypeError(f"{name}: the CDK's Table no longer wraps a CfnTable")
        resource.override_logical_id(f"{name}Table")
        CfnOutput(self, f"{name}TableName", value=table.table_name)
        return table

    def _index(self, name: str, *, partition_key: str) -> None:
        self.tables.executions.add_global_secondary_index(
            index_name=name,
            partition_key=dynamodb.Attribute(name=partition_key, type=_STRING),
            sort_key=dynamodb.Attribute(name="startTime", type=_STRING),
            projection_type=dynamodb.ProjectionType.ALL,
        )
