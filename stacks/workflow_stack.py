"""The workflows: recovery and clean-up, with one Lambda function per step."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import drs_policy, health_policy
from stacks.account_policy import assume_member_role
from stacks.action_policy import invoke_tagged_functions, run_automations
from stacks.config import DeploymentConfig
from stacks.constructs.dependency_layer import DependencyLayer
from stacks.constructs.python_function import FunctionSettings, PythonFunction
from stacks.constructs.scheduling import Scheduling
from stacks.constructs.workflow import Workflow
from stacks.data_stack import Tables
from stacks.definition import Definition, InvalidDefinition, load_definition
from stacks.environment import STEP_TIMEOUT, shared_environment
from stacks.schedule_policy import create_schedules
from stacks.table_policy import read_tables, write_tables
from stacks.workflow_policy import follow_clean_ups, ring_tokens

_DEFINITIONS = Path(__file__).parents[1] / "statemachines"
RECOVERY_DEFINITION = _DEFINITIONS / "recovery.asl.yaml"
CLEAN_UP_DEFINITION = _DEFINITIONS / "clean-up.asl.yaml"


class WorkflowStack(Stack):
    """The machines, with the function of every Task state in their definitions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        tables: Tables,
        env: Environment,
    ) -> None:
        super().__init__(
            scope, construct_id, description="DRS orchestrator: the recovery workflow", env=env
        )
        Scheduling(self, "Scheduling", config=config)
        settings = FunctionSettings(
            timeout=STEP_TIMEOUT,
            layer=DependencyLayer(self, "RuntimeLayer", group=None),
            environment=shared_environment(config, tables),
        )
        recovery, clean_up = map(load_definition, (RECOVERY_DEFINITION, CLEAN_UP_DEFINITION))
        recovering = self._functions(recovery, config.state_machine_name, settings)
        cleaning_up = self._functions(clean_up, config.clean_up_state_machine_name, settings)
        _grant(recovering | cleaning_up, config, tables)
        workflow = Workflow(
            self,
            "RecoveryStateMachine",
            name=config.state_machine_name,
            definition=recovery,
            functions=recovering,
            has_children=True,
        )
        Workflow(
            self,
            "CleanUpStateMachine",
            name=config.clean_up_state_machine_name,
            definition=clean_up,
            functions=cleaning_up,
        )
        CfnOutput(self, "StateMachineArn", value=workflow.machine.state_machine_arn)

    def _functions(
        self, definition: Definition, machine_name: str, settings: FunctionSettings
    ) -> dict[str, PythonFunction]:
        return {
            step.logical_id: PythonFunction(
                self,
                step.logical_id,
                handler=step.handler,
                description=f"Step of {machine_name}",
                settings=settings,
            )
            for step in definition.steps
        }


def _grant(functions: dict[str, PythonFunction], config: DeploymentConfig, tables: Tables) -> None:
    statements = _statements(config, tables)
    if statements.keys() != functions.keys():
        raise InvalidDefinition(
            "the workflow's functions and the permissions in stacks/workflow_stack.py differ: "
            f"{sorted(statements.keys() ^ functions.keys())}"
        )
    for name, function in functions.items():
        function.add_to_role_policy(write_tables(tables.executions))
        function.add_to_role_policy(assume_member_role(config))
        for statement in statements[name]:
            function.add_to_role_policy(statement)


def _statements(config: DeploymentConfig, tables: Tables) -> dict[str, list[iam.PolicyStatement]]:
    """What each step may do besides writing the execution's record."""
    own = read_tables(tables.executions, tables.accounts)
    # To ask for room and to give it back is to look at the account's jobs, which others may have
    # started too, and to ring whichever waves may go on: those of other executions included.
    admit = [drs_policy.read("DescribeJobs"), ring_tokens()]
    return {
        "PrepareExecutionFunction": [
            read_tables(
                tables.executions, tables.accounts, tables.protection_groups, tables.recovery_plans
            ),
            drs_policy.read_recovery_instances(),
            drs_policy.read_quotas(),
            drs_policy.read_recovery_snapshots(),
            *create_schedules(config),
            *admit,
        ],
        "WaitForClearanceFunction": [own, *admit],
        "WaitForDecisionFunction": [
            own,
            drs_policy.read_recovery_instances(),
            drs_policy.read_recovery_snapshots(),
            *admit,
        ],
        "RunActionsFunction": [own, *run_automations(), invoke_tagged_functions()],
        "StartRecoveryFunction": [
            own,
            *admit,
            drs_policy.read_recovery_instances(),
            *drs_policy.start_recovery(),
        ],
        "CheckRecoveryFunction": [own, drs_policy.read_recovery_instances(), *admit],
        "VerifyHealthFunction": [
            own,
            health_policy.check_instances(),
            health_policy.invoke_prober(config.prober_function_name),
        ],
        "CompleteWaveFunction": [own, *admit],
        "RecordFailureFunction": [own, *admit],
        "FinishExecutionFunction": [own, *admit, *create_schedules(config)],
        "TerminateInstancesFunction": [
            own,
            drs_policy.read("DescribeJobs"),
            drs_policy.read_recovery_instances(),
            *drs_policy.terminate_recovery_instances(),
            *create_schedules(config),
            follow_clean_ups(config),
        ],
        "CheckTerminationFunction": [
            own,
            drs_policy.read("DescribeJobs"),
            drs_policy.read_recovery_instances(),
        ],
        "FinishCleanUpFunction": [own],
    }
