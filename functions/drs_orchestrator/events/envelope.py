"""What EventBridge hands over. Of a malformed event nothing is expected: it is logged, not tried
again.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from drs_orchestrator.observability import logger

Event = dict[str, Any]


class Received(BaseModel):
    """The members of an event that we read; AWS may add others at any time."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


ReceivedT = TypeVar("ReceivedT", bound=Received)


def read(kind: type[ReceivedT], event: object) -> ReceivedT | None:
    """Return the event as `kind`, or None if it is none."""
    try:
        return kind.model_validate(event)
    except ValidationError as error:
        logger.error("event ignored, it is no %s: %s", kind.__name__, error)
        return None
