"""The workflow in Step Functions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.errors import ExecutionExists, WorkflowUnavailable
from drs_orchestrator.domain.execution import ExecutionRequest
from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.workflow_state import WorkflowState, WorkflowStatus

if TYPE_CHECKING:
    import boto3
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

# The wait has gone: it timed out, was rung before, or its execution has ended.
_RESTS_NO_MORE = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


class StepFunctionsWorkflow:
    """Fulfils the port `Workflow`."""

    def __init__(self, sessions: Sessions, state_machine_name: str) -> None:
        self._name = state_machine_name
        self._sessions = sessions

    def start(self, execution_id: str, request: ExecutionRequest) -> str:
        """Start the recovery and return the execution's ARN."""
        try:
            answer = self._client.start_execution(
                stateMachineArn=self._arn("stateMachine"),
                name=execution_id,
                input=request.model_dump_json(exclude_none=True),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                raise ExecutionExists(f"execution '{execution_id}' was started before") from error
            raise WorkflowUnavailable(f"StartExecution of '{execution_id}': {error}") from error
        except BotoCoreError as error:
            raise WorkflowUnavailable(f"StartExecution of '{execution_id}': {error}") from error
        return answer["executionArn"]

    def state(self, execution_id: str) -> WorkflowState:
        """Return how the execution's workflow is."""
        return self.state_of_wave(self._arn("execution", execution_id))

    def state_of_wave(self, workflow_arn: str) -> WorkflowState:
        """Return how the workflow of one wave is."""
        return state_of(self._client, workflow_arn)

    def ring(self, bell: str, step: Step) -> bool:
        """Wake the wait that holds the token; return whether one rested."""
        try:
            self._client.send_task_success(taskToken=bell, output=step.model_dump_json())
        except ClientError as error:
            if error.response["Error"]["Code"] not in _RESTS_NO_MORE:
                raise WorkflowUnavailable(f"SendTaskSuccess: {error}") from error
            return False
        except BotoCoreError as error:
            raise WorkflowUnavailable(f"SendTaskSuccess: {error}") from error
        return True

    @cached_property
    def _client(self) -> SFNClient:
        return clients.step_functions(self._session)

    @property
    def _session(self) -> boto3.Session:
        return self._sessions.at(self._sessions.home)

    def _arn(self, kind: str, *names: str) -> str:
        account, region = self._sessions.home
        partition = self._session.get_partition_for_region(region)
        return ":".join(["arn", partition, "states", region, account, kind, self._name, *names])


def state_of(client: SFNClient, execution_arn: str) -> WorkflowState:
    """Return how an execution of Step Functions is; raise WorkflowUnavailable."""
    try:
        found = client.describe_execution(executionArn=execution_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return WorkflowState(status=WorkflowStatus.ABSENT)
        raise WorkflowUnavailable(f"DescribeExecution of '{execution_arn}': {error}") from error
    except BotoCoreError as error:
        raise WorkflowUnavailable(f"DescribeExecution of '{execution_arn}': {error}") from error
    return _state(found)


def _state(described: DescribeExecutionOutputTypeDef) -> WorkflowState:
    """Return the state that DescribeExecution shows; a status we do not know still runs."""
    status = described["status"]
    return WorkflowState(
        status=WorkflowStatus(status) if status in set(WorkflowStatus) else WorkflowStatus.RUNNING,
        error=described.get("error"),
        cause=described.get("cause"),
    )
