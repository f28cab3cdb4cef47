"""A Lambda function of this product: one runtime, one code asset, one role of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

FUNCTIONS_ROOT = Path(__file__).parents[2] / "functions"
# Compiled files differ from machine to machine and would change the asset's hash.
# The prober is deployed by templates, on its own.
_NOT_SHIPPED = ["**/__pycache__", "**/*.pyc", "drs_prober"]


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What functions of one kind share."""

    timeout: Duration
    layer: lambda_.ILayerVersion
    environment: Mapping[str, str]


class PythonFunction(lambda_.Function):
    """Python 3.13 on arm64 with JSON logs; its logical id is exactly its construct id.

    The role may write to the function's own log group, nothing more; what else the function needs
    is granted by the stack that owns it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        description: str,
        settings: FunctionSettings,
        name: str | None = None,
    ) -> None:
        """`handler` is dotted: package, modules, function. `name`: only where code must know it."""
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Without a role of ours the CDK attaches AWSLambdaBasicExecutionRole: every log group.
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            function_name=name,
            handler=handler,
            description=description,
            timeout=settings.timeout,
            layers=[settings.layer],
            environment=dict(settings.environment),
            code=lambda_.Code.from_asset(str(FUNCTIONS_ROOT), exclude=_NOT_SHIPPED),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            role=role,
        )
        resource = self.node.default_child
        if not isinstance(resource, lambda_.CfnFunction):
            raise TypeError(f"{construct_id}: the CDK's Function no longer wraps a CfnFunction")
        resource.override_logical_id(construct_id)
