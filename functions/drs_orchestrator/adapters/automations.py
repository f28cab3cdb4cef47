"""Systems Manager Automation in one account and Region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters.client_errors import action_error, code_of
from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.errors import ActionUnavailable, shortened
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient
    from types_boto3_ssm.type_defs import (
        AutomationExecutionTypeDef,
        StartAutomationExecutionRequestTypeDef,
    )

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html
_SUCCEEDED = {"Success", "CompletedWithSuccess"}
_FAILED = {"Failed", "TimedOut", "Cancelled", "Rejected", "CompletedWithFailure", "Exited"}
_HAS_ENDED = {"AutomationExecutionNotFoundException", "InvalidAutomationStatusUpdateException"}
_REMEDIES = {
    "AutomationDefinitionNotFoundException": "create the document there, or correct documentName",
    "InvalidAutomationExecutionParametersException": "correct the action's parameters",
    "AccessDeniedException": "let the orchestrator's role there start it and pass the document's "
    "role, see docs/how-to/actions.md",
}


class BotoAutomations:
    """Fulfils the port `Automations`. The client is made when it is first used."""

    def __init__(self, place: Place, make_client: Callable[[], SSMClient]) -> None:
        self._place = place
        self._make_client = make_client

    def start(self, document_name: str, parameters: Mapping[str, Sequence[str]], token: str) -> str:
        """Start an automation, or find the one that the token has started; return its id."""
        request: StartAutomationExecutionRequestTypeDef = {
            "DocumentName": document_name,
            "ClientToken": token,
        }
        if parameters:  # AWS refuses an empty map
            request["Parameters"] = {name: list(values) for name, values in parameters.items()}
        try:
            answer = self._client.start_automation_execution(**request)
        except (ClientError, BotoCoreError) as error:
            what = f"document '{document_name}' in {self._place}"
            raise action_error(what, error, _REMEDIES) from error
        return answer["AutomationExecutionId"]

    def look(self, run_id: str) -> Outcome | None:
        """Return how the automation ended, None while it runs."""
        try:
            answer = self._client.get_automation_execution(AutomationExecutionId=run_id)
        except (ClientError, BotoCoreError) as error:
            # Even where it is denied or unknown: the automation was started, so it may run.
            raise self._unavailable(run_id, error) from error
        automation = answer["AutomationExecution"]
        status = automation["AutomationExecutionStatus"]
        if status in _SUCCEEDED:
            return Outcome(succeeded=True)
        if status in _FAILED:
            return Outcome(succeeded=False, detail=self._why(run_id, automation))
        return None

    def stop(self, run_id: str) -> None:
        """Tell the automation to stop; one that has ended is let be."""
        try:
            self._client.stop_automation_execution(AutomationExecutionId=run_id, Type="Cancel")
        except ClientError as error:
            if code_of(error) not in _HAS_ENDED:
                raise self._unavailable(run_id, error) from error
        except BotoCoreError as error:
            raise self._unavailable(run_id, error) from error

    def _unavailable(self, run_id: str, error: Exception) -> ActionUnavailable:
        return ActionUnavailable(shortened(f"automation {run_id} in {self._place}: {error}"))

    def _why(self, run_id: str, automation: AutomationExecutionTypeDef) -> str:
        steps = automation.get("StepExecutions", [])
        step = next((each for each in steps if each.get("StepStatus") in _FAILED), None)
        message = automation.get("FailureMessage")
        if step:
            message = f"step '{step.get('StepName')}': {step.get('FailureMessage') or message}"
        ended = f"automation {run_id} of document '{automation.get('DocumentName')}'"
        status = automation["AutomationExecutionStatus"]
        return shortened(f"{ended} in {self._place} ended {status}: {message or 'no message'}")

    @cached_property
    def _client(self) -> SSMClient:
        return self._make_client()
