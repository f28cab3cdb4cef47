"""The one shape of every model: frozen, strict about unknown fields, camelCase outside."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

NarrowT = TypeVar("NarrowT", bound="Model")
# At most a week: the workflow's histories have room for that much waiting.
Minutes = Annotated[int, Field(strict=True, ge=1, le=10_080)]

# What others read: in a script, in a tag, white space at an end has a meaning.
VerbatimText = Annotated[str, StringConstraints(strip_whitespace=False)]


class Model(BaseModel):
    """A frozen value. Python names are snake_case, JSON and stored names camelCase."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        str_strip_whitespace=True,
        # At the first use: a function that starts cold uses a few of all models.
        defer_build=True,
    )

    def document(self) -> dict[str, Any]:
        """Return the JSON form without absent values: what is stored and what tests compare."""
        return self.model_dump(mode="json", exclude_none=True)

    def changed(self, **values: object) -> Self:
        """Return a validated copy with `values` (snake_case names) replaced."""
        return type(self).model_validate({**vars(self), **values})

    def narrowed_to(self, kind: type[NarrowT]) -> NarrowT:
        """Return a model of `kind` from those of its fields that this one has."""
        own = vars(self)
        return kind.model_validate({name: own[name] for name in kind.model_fields if name in own})
