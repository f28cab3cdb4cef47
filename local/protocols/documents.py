"""Reads parsed JSON into typed values; what is wrong is told with its JSON pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from local.drs import FaultsError

Value = TypeVar("Value")


def parse(
    adapter: TypeAdapter[Value], document: object, refusal: Callable[[str], Exception]
) -> Value:
    """Return what `adapter` makes of `document`; raises `refusal("at <pointer>: <problem>")`."""
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        raise refusal(f"at {pointer or '/'}: {first['msg']}") from error


class JsonFaults:
    """What the dataclasses of faults share: they can be read from JSON, in camelCase."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read parsed JSON; raises FaultsError that names the first wrong member."""
        return parse(TypeAdapter(cls), document, lambda text: FaultsError(f"faults, {text}"))
