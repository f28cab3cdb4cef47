"""What the simulated service refuses, and how; HTTP codes as in botocore's model of DRS.

DrsError            an answer of the service: code, HTTP status, message, members
ConnectionLost      a fault: the connection ended without an answer
InventoryError      an inventory that cannot be used
SnapshotError       a snapshot that cannot be restored
FaultsError         a faults document that cannot be read
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BUSY_SERVER = (
    "One or more of the Source Servers included in API call are currently being processed by a Job"
)


class DrsError(Exception):
    """An error answer of DRS. `members` are the modelled members beside message and code."""

    def __init__(
        self, code: str, http_status: int, message: str, members: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code} ({http_status}): {message}")
        self.code = code
        self.http_status = http_status
        self.message = message
        self.members: dict[str, Any] = members or {}


class ConnectionLost(ConnectionError):
    """The caller gets no answer. `effect` tells whether the call took effect nevertheless."""

    def __init__(self, operation: str, *, effect: bool) -> None:
        when = "after" if effect else "before"
        super().__init__(f"connection lost {when} the effect of {operation}")
        self.effect = effect


class InventoryError(ValueError):
    """An inventory that cannot be used: `pointer` is the JSON pointer of the place."""

    def __init__(self, pointer: str, problem: str, remedy: str) -> None:
        super().__init__(f"inventory, at {pointer or '/'}: {problem}. {remedy}")
        self.pointer = pointer
        self.remedy = remedy


class SnapshotError(ValueError):
    """A snapshot of another format version, or damaged; nothing was restored."""


class FaultsError(ValueError):
    """A faults document with an unknown or wrong member; the message names its JSON pointer."""


def invalid(
    message: str,
    *,
    reason: str = "fieldValidationFailed",
    fields: Sequence[tuple[str, str]] = (),
) -> DrsError:
    """Return a ValidationException; `fields` are (path of the member, what is wrong with it)."""
    field_list = [{"name": name, "message": text} for name, text in fields]
    return DrsError(
        "ValidationException", 400, message, {"reason": reason, "fieldList": field_list}
    )


def conflict(message: str, resource_type: str = "", resource_id: str = "") -> DrsError:
    """Return a ConflictException; the resource is the one that stands in the way."""
    return DrsError(
        "ConflictException",
        409,
        message,
        {"resourceType": resource_type, "resourceId": resource_id},
    )


def not_found(resource_type: str, resource_id: str) -> DrsError:
    """Return a ResourceNotFoundException."""
    return DrsError(
        "ResourceNotFoundException",
        404,
        f"{resource_type} {resource_id} does not exist",
        {"resourceType": resource_type, "resourceId": resource_id},
    )


def quota_exceeded(message: str, quota_code: str) -> DrsError:
    """Return a ServiceQuotaExceededException; DRS answers 402, which no SDK retries."""
    return DrsError(
        "ServiceQuotaExceededException",
        402,
        message,
        {
            "resourceType": "JOB",
            "resourceId": "",
            "serviceCode": "drs",
            "quotaCode": quota_code,
        },
    )


def uninitialized(account_id: str, region: str) -> DrsError:
    """Return an UninitializedAccountException."""
    return DrsError(
        "UninitializedAccountException",
        400,
        f"Account {account_id} is not initialized for Elastic Disaster Recovery in {region}",
    )


def throttled() -> DrsError:
    """Return a ThrottlingException, which SDKs retry."""
    return DrsError("ThrottlingException", 429, "Rate exceeded", {"serviceCode": "drs"})


def internal() -> DrsError:
    """Return an InternalServerException, which SDKs retry."""
    return DrsError("InternalServerException", 500, "Internal server error")


def access_denied(operation: str) -> DrsError:
    """Return an AccessDeniedException."""
    return DrsError(
        "AccessDeniedException", 403, f"User is not authorized to perform: drs:{operation}"
    )


def not_simulated(what: str, simulated: Sequence[str] = ()) -> DrsError:
    """Return the answer to anything the simulator does not do; never an empty success."""
    offer = f" Simulated are: {', '.join(simulated)}." if simulated else ""
    return DrsError("NotSimulatedException", 501, f"The simulator does not do {what}.{offer}")
