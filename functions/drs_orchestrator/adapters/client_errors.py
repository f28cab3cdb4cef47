"""What an error of an AWS service means for the action that called it."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from drs_orchestrator.domain.errors import ActionRefused, ActionUnavailable, shortened

_ANOTHER_TIME = {
    "AutomationExecutionLimitExceededException",
    "ExpiredTokenException",
    "InternalServerError",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def code_of(error: ClientError) -> str:
    """Return the service's name for the error."""
    return error.response["Error"]["Code"]


def action_error(
    what: str, error: ClientError | BotoCoreError, remedies: Mapping[str, str]
) -> ActionRefused | ActionUnavailable:
    """Return why `what` could not be started, with the remedy for the service's code."""
    if _worth_another_try(error):
        return ActionUnavailable(shortened(f"{what}: {error}"))
    code = code_of(error) if isinstance(error, ClientError) else ""
    remedy = remedies.get(code, "correct the action in the plan")
    return ActionRefused(shortened(f"{what} was refused; {remedy}: {error}"))


def _worth_another_try(error: ClientError | BotoCoreError) -> bool:
    """Whether the same request may fare better in a while: the service was busy, or silent.

    409 is Lambda's answer about a function that is being updated or woken up.
    """
    if not isinstance(error, ClientError):
        return not isinstance(error, ParamValidationError)
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in {409, 429} or status >= 500 or code_of(error) in _ANOTHER_TIME
