"""The prober of an account: a function inside the network that recovery instances come up in.

It stands in the template as text, so that a StackSet and an account that no CDK ever bootstrapped
can take it. Where it reaches its instances from is asked of whoever deploys the template.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from aws_cdk import CfnCondition, CfnParameter, CfnResource, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

ResourceT = TypeVar("ResourceT", bound=CfnResource)

SOURCE = Path(__file__).parents[2] / "functions" / "drs_prober" / "index.py"
# The longest probe takes 30 s.
_TIMEOUT_SECONDS = 40
_LOGS_KEPT_DAYS = 90
# What Lambda does in the role's name to put a function into a network; AWS takes `*` only.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_NETWORK_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


class Prober(Construct):
    """The function `name`, made only where the template's parameters name subnets for it."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        subnets = self._list("SubnetIds", "Subnets from which recovery instances can be reached")
        groups = self._list("SecurityGroupIds", "Security groups that let the prober out to them")
        self._wanted = CfnCondition(
            self,
            "Wanted",
            expression=Fn.condition_not(
                Fn.condition_equals(Fn.join("", subnets.value_as_list), "")
            ),
        )
        log_group = self._made(
            logs.CfnLogGroup(
                self,
                "Logs",
                log_group_name=f"/aws/lambda/{name}",
                retention_in_days=_LOGS_KEPT_DAYS,
            )
        )
        role = self._made(self._role(log_group))
        self.function = self._made(
            lambda_.CfnFunction(
                self,
                "Function",
                function_name=name,
                description="DRS orchestrator: asks recovery instances whether they answer",
                code=lambda_.CfnFunction.CodeProperty(zip_file=SOURCE.read_text("utf-8")),
                handler="index.handler",
                runtime="python3.13",
                architectures=["arm64"],
                memory_size=256,
                timeout=_TIMEOUT_SECONDS,
                role=role.attr_arn,
                logging_config=lambda_.CfnFunction.LoggingConfigProperty(
                    log_group=log_group.ref, log_format="JSON"
                ),
                vpc_config=lambda_.CfnFunction.VpcConfigProperty(
                    subnet_ids=subnets.value_as_list, security_group_ids=groups.value_as_list
                ),
            )
        )

    def _list(self, name: str, description: str) -> CfnParameter:
        """A list that may be empty, which CloudFormation's own type for subnets may not."""
        parameter = CfnParameter(
            self, name, type="CommaDelimitedList", default="", description=description
        )
        parameter.override_logical_id(f"{self.node.id}{name}")
        return parameter

    def _role(self, log_group: logs.CfnLogGroup) -> iam.CfnRole:
        statements = [
            iam.PolicyStatement(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.attr_arn],
            ),
            iam.PolicyStatement(sid="EnterNetwork", actions=_NETWORK_ACTIONS, resources=["*"]),
        ]
        return iam.CfnRole(
            self,
            "Role",
            assume_role_policy_document=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        actions=["sts:AssumeRole"],
                        principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
                    )
                ]
            ),
            policies=[
                iam.CfnRole.PolicyProperty(
                    policy_name="Prober",
                    policy_document=iam.PolicyDocument(statements=statements),
                )
            ],
        )

    def _made(self, resource: ResourceT) -> ResourceT:
        """The resource, made only where a prober is wanted."""
        resource.cfn_options.condition = self._wanted
        return resource
