"""What a task comes to, and what the end of a function makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from local.functions import InvocationRefused, Outcome
from local.virtual.paths import Json

Invoked: TypeAlias = Outcome | InvocationRefused
Invoke: TypeAlias = Callable[[str, bytes, Callable[[Invoked], None]], None]
"""Begins to invoke a function (ARN) with a JSON payload; calls back when that has ended."""


class StateFailed(Exception):
    """A state's error, on its way to a Retry, a Catch or the execution's end."""

    def __init__(self, error: str, cause: str | None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause

    def document(self) -> Json:
        """Return the error as a Catch gets it."""
        return {"Error": self.error, **({} if self.cause is None else {"Cause": self.cause})}


@dataclass(frozen=True)
class Answer:
    """The result of a task: an output, or an error with its cause."""

    output: Json = None
    error: str | None = None
    cause: str | None = None


def answer_of(invoked: Invoked) -> Answer:
    """Return what `lambda:invoke` answers when a function has ended so.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    if isinstance(invoked, InvocationRefused):
        cause = f"{invoked.message} (Service: Lambda, Status Code: {invoked.http_status})"
        return Answer(error=f"Lambda.{invoked.code}", cause=cause)
    text = invoked.payload.decode()
    payload = json.loads(text)
    if invoked.failed:
        return Answer(error=payload["errorType"], cause=text)
    return Answer({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200})
