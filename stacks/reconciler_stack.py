"""The reconciler: record, workflow and DRS agree again, whatever was stopped or got lost.

Rules bring events of Step Functions and DRS at once; a schedule of each live execution, made while
it runs, comes by every two minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import drs_policy
from stacks.account_policy import assume_member_role
from stacks.action_policy import stop_automations
from stacks.config import DeploymentConfig
from stacks.constructs.dependency_layer import DependencyLayer
from stacks.constructs.python_function import FunctionSettings, PythonFunction
from stacks.data_stack import Tables
from stacks.environment import STEP_TIMEOUT, shared_environment
from stacks.schedule_policy import create_schedules, delete_schedules
from stacks.table_policy import read_tables, write_tables
from stacks.workflow_policy import ring_tokens

_DEATHS = ["ABORTED", "FAILED", "TIMED_OUT"]


class ReconcilerStack(Stack):
    """One function for the schedules, one for each kind of event."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        tables: Tables,
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, description="DRS orchestrator: reconciler", env=env)
        self._config = config
        self._settings = FunctionSettings(
            timeout=STEP_TIMEOUT,
            layer=DependencyLayer(self, "ReconcilerLayer", group=None),
            environment=shared_environment(config, tables),
        )
        # What a check of a wave does: look at its jobs, and ring whoever may go after that.
        check = [
            read_tables(tables.executions, tables.accounts),
            assume_member_role(config),
            write_tables(tables.executions),
            drs_policy.read("DescribeJobs"),
            drs_policy.read_recovery_instances(),
            ring_tokens(),
        ]
        # To finish a drill in the place of its workflow is to schedule its clean-up, too.
        reconcile = [
            *check,
            self._describe_executions(),
            *create_schedules(config),
            delete_schedules(config),
            stop_automations(),
        ]
        self._function("ReconcileExecution", "Looks after a live execution", reconcile)
        status_changed = self._function(
            "ExecutionStatusChanged", "Hears that a workflow ended", reconcile
        )
        launch_result = self._function("LaunchResult", "Hears that DRS launched a server", check)
        self._rule(
            "ExecutionEnded", status_changed, _ended([*_DEATHS, "SUCCEEDED"], self._runs(":"))
        )
        self._rule("WaveDied", status_changed, _ended(_DEATHS, self._runs("/")))
        self._rule("CleanUpDied", status_changed, _ended(_DEATHS, self._clean_ups()))
        self._rule(
            "ServerLaunched",
            launch_result,
            {"source": ["aws.drs"], "detailType": ["DRS Source Server Launch Result"]},
        )

    def _function(
        self, event: str, description: str, statements: Sequence[iam.PolicyStatement]
    ) -> PythonFunction:
        """The function of `events/<event in snake case>.py`."""
        module = "".join(f"_{c.lower()}" if c.isupper() else c for c in event).lstrip("_")
        by_name = event == "ReconcileExecution"
        function = PythonFunction(
            self,
            f"{event}Function",
            handler=f"drs_orchestrator.events.{module}.handler",
            description=f"{description} of {self._config.state_machine_name}",
            settings=self._settings,
            name=self._config.reconcile_function_name if by_name else None,
        )
        for statement in statements:
            function.add_to_role_policy(statement)
        return function

    def _rule(self, name: str, function: PythonFunction, pattern: Mapping[str, Any]) -> None:
        events.Rule(
            self,
            name,
            event_pattern=events.EventPattern(
                source=pattern["source"],
                detail_type=pattern["detailType"],
                detail=pattern.get("detail"),
            ),
            targets=[targets.LambdaFunction(function)],
        )

    def _describe_executions(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid="DescribeExecutions",
            actions=["states:DescribeExecution"],
            resources=[f"{self._runs(':')}*", f"{self._runs('/')}*", f"{self._clean_ups()}*"],
        )

    def _runs(self, separator: str) -> str:
        """What the ARN of every execution starts with; that of a wave goes on with `/`."""
        return self._executions(f"{self._config.state_machine_name}{separator}")

    def _clean_ups(self) -> str:
        """What the ARN of every clean-up's execution starts with."""
        return self._executions(f"{self._config.clean_up_state_machine_name}:")

    def _executions(self, prefix: str) -> str:
        return self.format_arn(
            service="states",
            resource="execution",
            resource_name=prefix,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )


def _ended(statuses: Sequence[str], arn_prefix: str) -> Mapping[str, Any]:
    return {
        "source": ["aws.states"],
        "detailType": ["Step Functions Execution Status Change"],
        "detail": {"status": list(statuses), "executionArn": [{"prefix": arn_prefix}]},
    }
