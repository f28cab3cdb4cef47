"""What an error of DRS means: a clear no, a matter of time, or an outcome that nobody knows."""

from __future__ import annotations

from botocore.exceptions import ClientError

from drs_orchestrator.domain.errors import (
    DrsThrottled,
    DrsUnavailable,
    InstanceBusy,
    LaunchConflict,
    LaunchRefused,
    OrchestratorError,
    OutcomeUnknown,
    QuotaExceeded,
    TerminationRefused,
    shortened,
)

# Service Quotas: source servers in a single job. More never fit, however long one waits.
_SERVERS_PER_JOB = "L-B827C881"
# The call was not looked at; with fresh credentials it may be.
_STALE_CREDENTIALS = {"ExpiredTokenException", "RequestExpired", "InvalidSignatureException"}
_THROTTLES = {
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottledException",
}


def launch_error(error: ClientError, call: str) -> OrchestratorError:
    """Return what the refusal of a launch means. Only a clear no proves that nothing was launched.

    A conflict proves nothing: the servers may be busy with the very job whose answer was lost.
    """
    return _meaning(error, call, conflict=LaunchConflict, refused=LaunchRefused)


def termination_error(error: ClientError, call: str) -> OrchestratorError:
    """Return what the refusal of a termination means.

    Unlike with a launch, a conflict is a clear no: had an earlier call taken effect, its job would
    terminate the instances, and looking for them shows it.
    """
    return _meaning(error, call, conflict=InstanceBusy, refused=TerminationRefused)


def code_of(error: ClientError) -> str:
    """Return the error's code."""
    return error.response["Error"]["Code"]


def is_throttle(error: ClientError) -> bool:
    """Whether the service asked to slow down; services and gateways use many codes for it."""
    return _status(error) == 429 or code_of(error) in _THROTTLES


def _meaning(
    error: ClientError,
    call: str,
    *,
    conflict: type[OrchestratorError],
    refused: type[OrchestratorError],
) -> OrchestratorError:
    text = shortened(f"{call}: {error}")
    code = code_of(error)
    if code == "ServiceQuotaExceededException":
        too_large = error.response.get("quotaCode") == _SERVERS_PER_JOB
        return refused(text) if too_large else QuotaExceeded(text)
    if is_throttle(error):
        return DrsThrottled(text)
    if code in _STALE_CREDENTIALS:
        return DrsUnavailable(text)
    if code == "ConflictException":
        return conflict(text)
    if _status(error) == 408 or _status(error) >= 500:
        return OutcomeUnknown(text)
    return refused(text)


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]
