"""Payloads: any JSON object that a table can hold, and that comes back as it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from drs_orchestrator.domain.model import VerbatimText

# DynamoDB nests 32 levels, of which the waves of a plan and their actions take some.
MAX_DEPTH = 25
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_BEYOND = 10**38
_LEAST = 1e-100
_Place = tuple[str | int, ...]


def _checked(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload, its whole numbers as integers: a table keeps no `1.0`.

    Raises ValidationError with every wrong place.
    """
    faults = list(_faults(payload, ()))
    if faults:
        raise ValidationError.from_exception_data("payload", faults)
    return {name: _whole(value) for name, value in payload.items()}


def _faults(value: object, place: _Place) -> Iterator[InitErrorDetails]:
    if isinstance(value, dict | list):
        if len(place) >= MAX_DEPTH:
            yield _fault(place, f"is nested too deep; {MAX_DEPTH} levels of a payload are the most")
            return
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for step, member in members:
            if step == "":
                yield _fault((*place, step), "has no name; no table holds that, name it")
            yield from _faults(member, (*place, step))
    elif isinstance(value, int | float) and not _is_kept(value):
        yield _fault(place, "is a number of more than 38 digits; no table holds that, send text")


def _is_kept(number: float) -> bool:
    return number == 0 or _LEAST <= abs(number) < _BEYOND


def _fault(place: _Place, message: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("payload", message), loc=place, input=None)


def _whole(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_whole(element) for element in value]
    if isinstance(value, dict):
        return {name: _whole(element) for name, element in value.items()}
    return value


Payload = Annotated[dict[VerbatimText, Any], AfterValidator(_checked)]
