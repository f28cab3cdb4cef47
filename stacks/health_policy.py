"""IAM statements for health gates."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam


def check_instances() -> iam.PolicyStatement:
    """State, status checks and agent pings of instances; AWS takes nothing but `*` here."""
    return iam.PolicyStatement(
        sid="CheckInstances",
        actions=[
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstances",
            "ssm:DescribeInstanceInformation",
        ],
        resources=["*"],
    )


def invoke_prober(name: str) -> iam.PolicyStatement:
    """The account's own prober, in any Region."""
    prober = f"arn:{Aws.PARTITION}:lambda:*:{Aws.ACCOUNT_ID}:function:{name}"
    return iam.PolicyStatement(
        sid="InvokeProber", actions=["lambda:InvokeFunction"], resources=[prober]
    )
