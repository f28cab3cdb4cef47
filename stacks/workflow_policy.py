"""IAM statements for the workflow's tokens."""

from __future__ import annotations

from aws_cdk import aws_iam as iam


def ring_tokens() -> iam.PolicyStatement:
    """SendTaskSuccess: wake the waves that may go on."""
    # A task token is no resource, so AWS takes nothing but `*` here.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    return iam.PolicyStatement(
        sid="RingTokens", actions=["states:SendTaskSuccess"], resources=["*"]
    )
