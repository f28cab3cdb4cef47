"""The role that another account offers the product: deployed there, once an account."""

from __future__ import annotations

from aws_cdk import BootstraplessSynthesizer, CfnOutput, CfnParameter, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.account_policy import act_as_member, trust_in
from stacks.config import DeploymentConfig


class MemberAccountStack(Stack):
    """Its template has no assets and needs no bootstrapped account, so a StackSet takes it too."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, env: Environment
    ) -> None:
        """`config.hub_account` is the account that the product runs in."""
        super().__init__(
            scope,
            construct_id,
            description="DRS orchestrator: its role in this account",
            env=env,
            synthesizer=BootstraplessSynthesizer(),
        )
        if config.hub_account is None:
            raise ValueError(f"{construct_id}: an environment without hubAccount is no member")
        external_id = CfnParameter(
            self,
            "ExternalId",
            description="Any text of your own, the same as in the account's entry in the product",
            min_length=16,
            max_length=1224,
            allowed_pattern="[A-Za-z0-9_+=,.@:/-]+",
        )
        role = iam.Role(
            self,
            "MemberRole",
            role_name=config.member_role_name,
            assumed_by=trust_in(config.hub_account, external_id.value_as_string),
        )
        for statement in act_as_member():
            role.add_to_policy(statement)
        CfnOutput(self, "MemberRoleArn", value=role.role_arn)
