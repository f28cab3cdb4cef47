"""Schedules that the product makes while it runs: their group, and the role they act with."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.environment import scheduler_role_name


class Scheduling(Construct):
    """A schedule of the group may start clean-ups and reconcile executions, and nothing else."""

    def __init__(self, scope: Construct, construct_id: str, *, config: DeploymentConfig) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        scheduler.CfnScheduleGroup(self, "Group", name=config.schedule_group)
        role = iam.Role(
            self,
            "Role",
            role_name=scheduler_role_name(config),
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        # By name: machine and function know role and group, so neither may wait for the other.
        machine = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=config.clean_up_state_machine_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function = stack.format_arn(
            service="lambda",
            resource="function",
            resource_name=config.reconcile_function_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for sid, action, resource in (
            ("StartCleanUp", "states:StartExecution", machine),
            ("Reconcile", "lambda:InvokeFunction", function),
        ):
            role.add_to_policy(iam.PolicyStatement(sid=sid, actions=[action], resources=[resource]))
