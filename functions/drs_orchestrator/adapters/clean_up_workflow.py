"""Clean-ups in Step Functions."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import state_of
from drs_orchestrator.domain.errors import WorkflowUnavailable
from drs_orchestrator.domain.workflow_state import WorkflowState

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsCleanUp:
    """Fulfils the port `CleanUpWorkflow`."""

    def __init__(self, sessions: Sessions, state_machine_name: str) -> None:
        self._sessions = sessions
        self._name = state_machine_name

    def start(self, name: str, execution_id: str) -> None:
        """Start the clean-up of an execution; a name that was started before stays as it is."""
        try:
            self._client.start_execution(
                stateMachineArn=self._arn("stateMachine", self._name),
                name=name,
                input=json.dumps({"executionId": execution_id}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise WorkflowUnavailable(f"StartExecution of '{name}': {error}") from error
        except BotoCoreError as error:
            raise WorkflowUnavailable(f"StartExecution of '{name}': {error}") from error

    def state(self, name: str) -> WorkflowState:
        """Return how the named clean-up is."""
        return state_of(self._client, self._arn("execution", f"{self._name}:{name}"))

    @cached_property
    def _client(self) -> SFNClient:
        return clients.step_functions(self._sessions.at(self._sessions.home))

    def _arn(self, kind: str, name: str) -> str:
        account, region = self._sessions.home
        partition = self._sessions.at(self._sessions.home).get_partition_for_region(region)
        return f"arn:{partition}:states:{region}:{account}:{kind}:{name}"
