"""What a simulated service answers when it refuses.

AwsError              an error answer: code, HTTP status, message, further members
ExpiredCredentials    the caller's access key is of no use any more
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class AwsError(Exception):
    """An error answer. `code` is the error's name; `members` come beside the message (JSON)."""

    def __init__(
        self,
        code: str,
        message: str,
        http_status: int = 400,
        members: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code} ({http_status}): {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
        self.members: dict[str, Any] = members or {}


class ExpiredCredentials(Exception):
    """The caller's access key is of no use any more; each protocol has its own word for it."""


@dataclass(frozen=True)
class Vocabulary:
    """How the services of one protocol name what can befall any call: (code, HTTP status)."""

    invalid: tuple[str, int]
    denied: tuple[str, int]
    throttled: tuple[str, int]
    internal: tuple[str, int]
    expired: tuple[str, int]


VOCABULARIES = {
    "json": Vocabulary(
        ("ValidationException", 400),
        ("AccessDeniedException", 400),
        ("ThrottlingException", 400),
        ("InternalServerError", 500),
        ("ExpiredTokenException", 400),
    ),
    "rest-json": Vocabulary(
        ("ValidationException", 400),
        ("AccessDeniedException", 403),
        ("ThrottlingException", 429),
        ("InternalServerException", 500),
        ("ExpiredTokenException", 403),
    ),
    "query": Vocabulary(
        ("ValidationError", 400),
        ("AccessDenied", 403),
        ("Throttling", 400),
        ("InternalFailure", 500),
        ("ExpiredToken", 403),
    ),
    # https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html
    "ec2": Vocabulary(
        ("InvalidParameterValue", 400),
        ("UnauthorizedOperation", 403),
        ("RequestLimitExceeded", 503),
        ("InternalError", 500),
        ("RequestExpired", 400),
    ),
}


def not_simulated(what: str, simulated: Sequence[str]) -> AwsError:
    """Return the answer to anything that nobody here does; never an empty success."""
    return AwsError(
        "NotSimulatedException",
        f"The laptop does not simulate {what}. Simulated are: {', '.join(simulated)}.",
        501,
    )
