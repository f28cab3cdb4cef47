"""IAM for other accounts: who may assume their role, and what the role may do there."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from stacks import action_policy, drs_policy, health_policy
from stacks.config import PRODUCT, DeploymentConfig


def assume_member_role(config: DeploymentConfig) -> iam.PolicyStatement:
    """AssumeRole of the one role name that other accounts offer; each decides whom it trusts."""
    return iam.PolicyStatement(
        sid="AssumeMemberRole",
        actions=["sts:AssumeRole"],
        resources=[f"arn:{Aws.PARTITION}:iam::*:role/{config.member_role_name}"],
    )


def trust_in(hub_account: str, external_id: str) -> iam.PrincipalBase:
    """The product's functions in its account, and only with the external id.

    Their roles have names that CloudFormation chooses, behind the name of their stack. Naming the
    account as principal outlives a role that is replaced, which its ARN there would not.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    roles = f"arn:{Aws.PARTITION}:iam::{hub_account}:role/{PRODUCT}-*"
    return iam.AccountPrincipal(hub_account).with_conditions(
        {
            "StringEquals": {"sts:ExternalId": external_id},
            "ArnLike": {"aws:PrincipalArn": roles},
        }
    )


def act_as_member() -> list[iam.PolicyStatement]:
    """Everything that the product does in an account: the sum of what its own functions may do."""
    return [
        drs_policy.read("DescribeJobs", "DescribeSourceServers"),
        drs_policy.read_recovery_instances(),
        drs_policy.read_recovery_snapshots(),
        drs_policy.read_quotas(),
        *drs_policy.start_recovery(),
        *drs_policy.terminate_recovery_instances(),
        *action_policy.run_automations(),
        action_policy.invoke_tagged_functions(),
        health_policy.check_instances(),
        _invoke_prober(),
    ]


def _invoke_prober() -> iam.PolicyStatement:
    """The prober that its template makes; one of another name carries the tag of our actions."""
    return health_policy.invoke_prober(f"{PRODUCT}-prober")
