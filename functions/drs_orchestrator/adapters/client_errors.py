"""What an error of an AWS service means for whoever called it."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

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


def worth_another_try(error: ClientError | BotoCoreError) -> bool:
    """Whether the same request may fare better in a while: the service was busy, or silent.

    409 is Lambda's answer about a function that is being updated or woken up.
    """
    if not isinstance(error, ClientError):
        return not isinstance(error, ParamValidationError)
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in {409, 429} or status >= 500 or code_of(error) in _ANOTHER_TIME
