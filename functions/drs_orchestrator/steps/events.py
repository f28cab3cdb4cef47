"""What the workflow sends its steps, and how their logs name it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from pydantic import ValidationError

from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.errors import Fault, InvalidRequest, shortened
from drs_orchestrator.domain.execution import EXECUTION_ID, ExecutionRequest
from drs_orchestrator.domain.model import Model
from drs_orchestrator.observability import logger

Event = dict[str, Any]
Handler = Callable[[Event, object], Event]


class ExecutionEvent(Model):
    """Payload of a step that looks after one execution."""

    execution_id: str


class WaveEvent(ExecutionEvent):
    """Payload of every step of a wave."""

    wave: str


class CleanUpEvent(ExecutionEvent):
    """Payload of "Terminate instances"; `input` is what the clean-up was started with."""

    workflow: str
    input: Any

    @property
    def requested_by(self) -> str | None:
        """Who asked, where our own record does not say: a schedule, or a person by hand."""
        asked = self.input.get("requestedBy") if isinstance(self.input, dict) else None
        return str(asked) if asked else None


class BellEvent(WaveEvent):
    """Payload of the two steps that wait for a bell."""

    bell: Bell


class PrepareEvent(Model):
    """Payload of "Prepare execution"; `input` is what the execution was started with."""

    execution_id: str
    execution_arn: str
    start_time: datetime
    input: Any

    @property
    def request(self) -> ExecutionRequest:
        """The start's input; raise InvalidRequest naming what is wrong with it or the name."""
        if not re.fullmatch(EXECUTION_ID, self.execution_id):
            raise InvalidRequest(
                f"the execution's name is '{self.execution_id}'; use letters, digits, - and _ only"
            )
        try:
            return ExecutionRequest.model_validate(self.input)
        except ValidationError as error:
            raise InvalidRequest(
                'the execution\'s input must be {"planId": "plan_...", "executionType": "DRILL"}',
                [Fault("/" + "/".join(map(str, e["loc"])), e["msg"]) for e in error.errors()],
            ) from error


class StateEvent(Model):
    """Payload of a step that may be reached through a Catch: the whole state, ids only."""

    execution_id: str
    wave: str = ""
    state: Any

    @property
    def error(self) -> str | None:
        """The caught error in one line, or None."""
        if not isinstance(self.state, dict) or "error" not in self.state:
            return None
        caught = self.state["error"]
        return shortened(f"{caught['Error']}: {_message(caught.get('Cause', ''))}")


class FailureEvent(StateEvent):
    """Payload of "Record failure".

    Each of its tries has the same `entered_time`, for a retry does not enter the state again: AWS
    counts it in the RetryCount beside it, and writes no new TaskStateEntered.
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """

    entered_time: datetime


class FinishCleanUpEvent(StateEvent):
    """Payload of "Finish clean-up"; `workflow` carries it out, and did not say so at first."""

    workflow: str = ""


def _message(cause: str) -> str:
    """Return the message of a Lambda function's error, whose cause is a JSON text, or the cause."""
    try:
        body = json.loads(cause)
    except ValueError:
        return cause
    return str(body.get("errorMessage", cause)) if isinstance(body, dict) else cause


def named_in_logs(handler: Handler) -> Handler:
    """Let every log line of a call name its execution and wave."""

    @wraps(handler)
    def call(event: Event, context: object) -> Event:
        keys = {key: event[key] for key in ("executionId", "wave") if key in event}
        logger.thread_safe_append_keys(**keys)
        try:
            return handler(event, context)
        finally:
            logger.thread_safe_clear_keys()

    return call
