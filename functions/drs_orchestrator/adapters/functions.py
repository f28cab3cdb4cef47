"""The Lambda functions of one account and Region."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from drs_orchestrator.adapters.client_errors import action_error
from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.errors import shortened
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

# Until Lambda has taken an event into its queue.
_TAKING_SECONDS = 20
_REMEDIES = {
    "ResourceNotFoundException": "create the function there, or correct functionName",
    "AccessDeniedException": "tag the function so that the orchestrator may invoke it, see "
    "docs/how-to/actions.md",
}


class BotoFunctions:
    """Fulfils the port `Functions`. A client is made for each patience that is asked for."""

    def __init__(self, place: Place, make_client: Callable[[int], LambdaClient]) -> None:
        self._place = place
        self._make_client = make_client
        self._clients: dict[int, LambdaClient] = {}

    def call(self, name: str, event: Mapping[str, Any], timeout_seconds: int) -> Outcome:
        """Invoke a function and wait for its answer; none in time is a failure."""
        client = self._client(timeout_seconds)
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
            body = answer["Payload"].read()
        except ReadTimeoutError:
            text = f"{self._named(name)} did not answer in {timeout_seconds} s"
            return Outcome(succeeded=False, detail=text)
        except (ClientError, BotoCoreError) as error:
            raise action_error(self._named(name), error, _REMEDIES) from error
        if "FunctionError" in answer:
            text = f"{self._named(name)} failed: {_message(body)}"
            return Outcome(succeeded=False, detail=shortened(text))
        return Outcome(succeeded=True)

    def send(self, name: str, event: Mapping[str, Any]) -> str:
        """Let Lambda invoke a function some time soon and return the request's id."""
        try:
            answer = self._client(_TAKING_SECONDS).invoke(
                FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
            )
        except (ClientError, BotoCoreError) as error:
            raise action_error(self._named(name), error, _REMEDIES) from error
        return answer["ResponseMetadata"].get("RequestId") or "unknown"

    def _named(self, name: str) -> str:
        return f"function '{name}' in {self._place}"

    def _client(self, timeout_seconds: int) -> LambdaClient:
        if timeout_seconds not in self._clients:
            self._clients[timeout_seconds] = self._make_client(timeout_seconds)
        return self._clients[timeout_seconds]


def _message(body: bytes) -> str:
    """Return what an error of a function says: `errorMessage`, whatever its runtime."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    if not isinstance(answer, dict):
        return str(answer)
    return f"{answer.get('errorType', 'error')}: {answer.get('errorMessage', '')}"
