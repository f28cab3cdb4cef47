"""IAM statements for the actions of plans: automations and functions that belong to users.

What a plan may name is up to the owners of accounts, not to the authors of plans: a function is
invoked if its owner has tagged it, and an automation can do what a role allows whose name says
that it is meant for this product. Sources:

- https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
- https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
- https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
"""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from stacks.config import PRODUCT

FUNCTION_TAG = "drsorc:action"
AUTOMATION_ROLES = f"{PRODUCT}-automation-*"


def run_automations() -> list[iam.PolicyStatement]:
    """Start an automation, follow it, stop it, and pass its document's role.

    A document without a role runs with the rights of whoever started it: those of one step of the
    workflow, which are nearly none.
    """
    ssm = f"arn:{Aws.PARTITION}:ssm:*"
    return [
        iam.PolicyStatement(
            sid="StartAutomations",
            actions=["ssm:StartAutomationExecution"],
            # Documents of AWS have no account in their ARN, shared ones that of their owner.
            resources=[f"{ssm}:*:document/*", f"{ssm}:*:automation-definition/*"],
        ),
        stop_automations(),
        iam.PolicyStatement(
            sid="PassAutomationRoles",
            actions=["iam:PassRole"],
            resources=[f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{AUTOMATION_ROLES}"],
            conditions={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
        ),
    ]


def stop_automations() -> iam.PolicyStatement:
    """Follow automations that were started, and stop them."""
    running = f"arn:{Aws.PARTITION}:ssm:*:{Aws.ACCOUNT_ID}:automation-execution/*"
    return iam.PolicyStatement(
        sid="FollowAutomations",
        actions=["ssm:GetAutomationExecution", "ssm:StopAutomationExecution"],
        resources=[running],
    )


def invoke_tagged_functions() -> iam.PolicyStatement:
    """Invoke the functions whose owner has tagged them `drsorc:action` = `allowed`."""
    return iam.PolicyStatement(
        sid="InvokeActionFunctions",
        actions=["lambda:InvokeFunction"],
        resources=[f"arn:{Aws.PARTITION}:lambda:*:{Aws.ACCOUNT_ID}:function:*"],
        conditions={"StringEquals": {f"aws:ResourceTag/{FUNCTION_TAG}": "allowed"}},
    )
