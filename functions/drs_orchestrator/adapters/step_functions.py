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

if TYPE_CHECKING:
    import boto3
    from types_boto3_stepfunctions import SFNClient

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
                stateMachineArn=self._state_machine_arn,
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

    def ring(self, bell: str, step: Step) -> None:
        """Wake the wait that holds the token; one that rests no more is left alone."""
        try:
            self._client.send_task_success(taskToken=bell, output=step.model_dump_json())
        except ClientError as error:
            if error.response["Error"]["Code"] not in _RESTS_NO_MORE:
                raise WorkflowUnavailable(f"SendTaskSuccess: {error}") from error
        except BotoCoreError as error:
            raise WorkflowUnavailable(f"SendTaskSuccess: {error}") from error

    @cached_property
    def _client(self) -> SFNClient:
        return clients.step_functions(self._session)

    @property
    def _session(self) -> boto3.Session:
        return self._sessions.at(self._sessions.home)

    @property
    def _state_machine_arn(self) -> str:
        account, region = self._sessions.home
        partition = self._session.get_partition_for_region(region)
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{self._name}"
