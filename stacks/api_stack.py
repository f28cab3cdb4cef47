"""The REST API: one HTTP API in front of one Lambda function, closed to anyone unsigned."""

from __future__ import annotations

from aws_cdk import ArnFormat, CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from stacks import drs_policy
from stacks.account_policy import assume_member_role
from stacks.config import DeploymentConfig
from stacks.constructs.dependency_layer import DependencyLayer
from stacks.constructs.python_function import FunctionSettings, PythonFunction
from stacks.data_stack import Tables
from stacks.environment import shared_environment
from stacks.schedule_policy import create_schedules
from stacks.table_policy import query_indexes, read_tables, write_tables
from stacks.workflow_policy import ring_tokens


class ApiStack(Stack):
    """Stage `$default`, so that the path is the same here, on a laptop and in the code."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        tables: Tables,
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, description="DRS orchestrator: REST API", env=env)
        function = self._function(config, tables)
        self._grant(function, config, tables)
        api = apigateway.HttpApi(
            self,
            "HttpApi",
            api_name=f"{config.prefix}-api",
            create_default_stage=False,
            # Every request must be signed (SigV4), health included: no route can be left open.
            default_authorizer=HttpIamAuthorizer(),
            default_integration=HttpLambdaIntegration("ApiIntegration", function),
        )
        stage = apigateway.HttpStage(
            self,
            "DefaultStage",
            http_api=api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=50, burst_limit=100),
        )
        CfnOutput(self, "ApiUrl", value=stage.url)

    def _function(self, config: DeploymentConfig, tables: Tables) -> PythonFunction:
        return PythonFunction(
            self,
            "ApiFunction",
            handler="drs_orchestrator.api.app.handler",
            description="REST API of the DRS orchestrator",
            settings=FunctionSettings(
                # An HTTP API gives up after 30 seconds whatever the function does.
                timeout=Duration.seconds(30),
                layer=DependencyLayer(self, "ApiLayer", group="api"),
                environment=shared_environment(config, tables),
            ),
        )

    def _grant(self, function: PythonFunction, config: DeploymentConfig, tables: Tables) -> None:
        edited = (
            tables.protection_groups,
            tables.recovery_plans,
            tables.executions,
            tables.accounts,
        )
        for statement in (
            read_tables(*edited),
            query_indexes(tables.executions),
            write_tables(*edited),
            # Resuming and cancelling looks at every wave, as the workflow's own steps do.
            drs_policy.read("DescribeSourceServers", "DescribeJobs"),
            ring_tokens(),
            assume_member_role(config),
            *create_schedules(config),
            iam.PolicyStatement(
                sid="StartExecution",
                actions=["states:StartExecution"],
                resources=[
                    self._states_arn("stateMachine", config.state_machine_name),
                    self._states_arn("stateMachine", config.clean_up_state_machine_name),
                ],
            ),
            # Asked again for a clean-up, it looks whether the one before still runs.
            iam.PolicyStatement(
                sid="FollowCleanUps",
                actions=["states:DescribeExecution"],
                resources=[
                    self._states_arn("execution", f"{config.clean_up_state_machine_name}:*")
                ],
            ),
        ):
            function.add_to_role_policy(statement)

    def _states_arn(self, resource: str, name: str) -> str:
        return self.format_arn(
            service="states",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
