"""A Step Functions state machine whose definition is a file of this repository."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import ArnFormat, Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.definition import Definition


class Workflow(Construct):
    """The machine `name`; its logical id is exactly its construct id.

    One mapping, token -> function, both fills the definition's `${Token}`s and says what the
    machine may invoke. `${Partition}` is filled as well.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        definition: Definition,
        functions: Mapping[str, lambda_.IFunction],
        has_children: bool = False,
    ) -> None:
        """`functions` holds every token of `definition` except Partition.

        `has_children`: the definition has a Distributed Map.
        """
        super().__init__(scope, construct_id)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="InvokeSteps",
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in functions.values()],
            )
        )
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(definition.text),
            definition_substitutions={
                "Partition": Aws.PARTITION,
                **{token: function.function_arn for token, function in functions.items()},
            },
            role=self.role,
            logs=self._logs(name),
            # The execution's history and our own events tell more than a trace of calls would.
            tracing_enabled=False,
        )
        resource = self.machine.node.default_child
        if not isinstance(resource, sfn.CfnStateMachine):
            raise TypeError("the CDK's StateMachine no longer wraps a CfnStateMachine")
        resource.override_logical_id(construct_id)
        if has_children:
            self._allow_child_executions()

    def _logs(self, name: str) -> sfn.LogOptions:
        group = logs.LogGroup(
            self,
            "Logs",
            # Under this prefix AWS needs no growing resource policy to deliver to the group:
            # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        return sfn.LogOptions(
            destination=group, level=sfn.LogLevel.ERROR, include_execution_data=False
        )

    def _allow_child_executions(self) -> None:
        """What a Distributed Map needs, which runs each item as an execution of this machine.

        https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        A policy of its own: inside the role, the machine's ARN would make a cycle of the two.
        """
        policy = iam.Policy(
            self,
            "ChildExecutions",
            statements=[
                iam.PolicyStatement(
                    sid="StartChildren",
                    actions=["states:StartExecution"],
                    resources=[self.machine.state_machine_arn],
                ),
                iam.PolicyStatement(
                    sid="FollowChildren",
                    actions=["states:DescribeExecution", "states:StopExecution"],
                    resources=[self._executions(":*"), self._executions("/*")],
                ),
            ],
        )
        policy.attach_to_role(self.role)

    def _executions(self, suffix: str) -> str:
        """The machine's executions; a child's ARN goes on with `/<map label>:<id>`."""
        return Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self.machine.state_machine_name}{suffix}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
