"""Strikes: how one call of a world goes wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn

from botocore.exceptions import ConnectionClosedError

from drs_orchestrator.domain.errors import StoreUnavailable
from local.virtual.calls import Call, FunctionEnded

# Verbs of AWS that only ask; whoever needs a role takes it anew each time.
_ASKS = ("AssumeRole", "BatchGet", "Describe", "Get", "List", "Query")


class Kind(StrEnum):
    """What happens: the caller dies before or after the effect, or gets no answer to it.

    LOST is one answer, after which the SDK sends most requests again; UNANSWERED are all of them,
    and each is waited for.
    """

    BEFORE = "BEFORE"
    AFTER = "AFTER"
    LOST = "LOST"
    UNANSWERED = "UNANSWERED"

    def concerns(self, call: Call) -> bool:
        """Return whether it makes a difference for the call.

        Of DynamoDB we play what is above the SDK: one lost answer is all of them. And quotas that
        nobody tells are the documented ones, whatever DRS has room for.
        """
        return self is not Kind.UNANSWERED or call.service not in {"dynamodb", "servicequotas"}


class RequestDied(BaseException):
    """The end of the function that served a person's request; nobody in it can catch it."""


def can_be_hit(call: Call) -> bool:
    """Return whether the call has a number: not what a person, or the scenario itself, reads."""
    is_a_look = is_of_a_person(call) and call.service == "dynamodb" and is_read(call)
    return bool(call.caller) and not is_a_look


def is_read(call: Call) -> bool:
    """Return whether the call only asks: wherever its caller dies, nothing has changed by it."""
    return call.operation.startswith(_ASKS)


def strike(call: Call, kind: Kind) -> NoReturn:
    """Let the call go wrong."""
    if kind in {Kind.LOST, Kind.UNANSWERED}:
        raise no_answer(call)
    raise RequestDied if is_of_a_person(call) else FunctionEnded


def is_of_a_person(call: Call) -> bool:
    """Return whether the call serves a request, after which nobody but the person tries again."""
    return call.caller == "request" or call.caller.startswith("person")


def no_answer(call: Call) -> Exception:
    """Return what comes instead of an answer: from the tables once the SDK has given up, from all
    others for the SDK to decide.
    """
    if call.service == "dynamodb":
        return StoreUnavailable(f"no answer to {call.operation}")
    return ConnectionClosedError(endpoint_url=f"https://{call.service}")
