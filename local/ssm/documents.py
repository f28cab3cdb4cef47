"""What Automation documents do on the laptop, by script.

As JSON (camelCase), by document name; `*` stands for every other document:
    {"StopBatch": {"seconds": 60, "status": "Failed", "failureMessage": "disk full"},
     "WarmCache": [{"hang": true}, {"outputs": {"Keys": ["812"]}}]}
With a list each start takes the next script, and the last one for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from local.protocols.documents import parse

ANY_DOCUMENT = "*"


class DocumentsError(ValueError):
    """A scripts document with an unknown or wrong member; the message names its JSON pointer."""


class DocumentScript(BaseModel):
    """The course of one automation.

    It takes `seconds`, or for ever with `hang`, and ends in `status`. `waiting`: meanwhile it is
    Waiting (for an approval) instead of InProgress. `ignores_cancel`: cancelled, it stays
    Cancelling.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )

    seconds: Annotated[float, Field(ge=0)] = 30.0
    status: Literal["Success", "Failed", "TimedOut", "Cancelled"] = "Success"
    failure_message: str | None = None
    outputs: dict[str, list[str]] = {}
    hang: bool = False
    waiting: bool = False
    ignores_cancel: bool = False


Documents = Mapping[str, Sequence[DocumentScript]]
_ADAPTER = TypeAdapter(
    dict[str, DocumentScript | Annotated[list[DocumentScript], Field(min_length=1)]]
)


def read_documents(document: object) -> Documents:
    """Read parsed JSON; raises DocumentsError that names the first wrong member."""
    scripts = parse(_ADAPTER, document, lambda text: DocumentsError(f"documents, {text}"))
    return {
        name: script if isinstance(script, list) else [script] for name, script in scripts.items()
    }


def script_of(documents: Documents, name: str, starts: int) -> DocumentScript | None:
    """Return what document `name` does after `starts` earlier starts, None if it is unknown."""
    scripts = documents.get(name) or documents.get(ANY_DOCUMENT)
    return scripts[min(starts, len(scripts) - 1)] if scripts else None
