"""IAM statements for what a step asks of Step Functions."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from stacks.config import DeploymentConfig


def ring_tokens() -> iam.PolicyStatement:
    """SendTaskSuccess: wake the waves that may go on."""
    # A task token is no resource, so AWS takes nothing but `*` here.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    return iam.PolicyStatement(
        sid="RingTokens", actions=["states:SendTaskSuccess"], resources=["*"]
    )


def follow_clean_ups(config: DeploymentConfig) -> iam.PolicyStatement:
    """DescribeExecution of clean-ups: a second one looks whether the first is at work."""
    place = f"{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return iam.PolicyStatement(
        sid="FollowCleanUps",
        actions=["states:DescribeExecution"],
        resources=[f"arn:{place}:execution:{config.clean_up_state_machine_name}:*"],
    )
