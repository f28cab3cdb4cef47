"""IAM statements for the schedules that the product makes while it runs; all in its own group."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from stacks.config import DeploymentConfig
from stacks.environment import scheduler_role_name


def create_schedules(config: DeploymentConfig) -> list[iam.PolicyStatement]:
    """CreateSchedule in the group, with the role that schedules act as."""
    role = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{scheduler_role_name(config)}"
    return [
        iam.PolicyStatement(
            sid="CreateSchedules",
            actions=["scheduler:CreateSchedule"],
            resources=[_schedules(config)],
        ),
        iam.PolicyStatement(
            sid="PassSchedulerRole",
            actions=["iam:PassRole"],
            resources=[role],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
    ]


def delete_schedules(config: DeploymentConfig) -> iam.PolicyStatement:
    """DeleteSchedule in the group."""
    return iam.PolicyStatement(
        sid="DeleteSchedules",
        actions=["scheduler:DeleteSchedule"],
        resources=[_schedules(config)],
    )


def _schedules(config: DeploymentConfig) -> str:
    place = f"{Aws.PARTITION}:scheduler:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return f"arn:{place}:schedule/{config.schedule_group}/*"
