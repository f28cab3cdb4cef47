"""A service's memory as JSON, for a process to be continued by another."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

from local.drs import SnapshotError
from local.protocols.documents import parse

FORMAT_VERSION = 1
Memory = TypeVar("Memory")


def write(memory: Memory, kind: type[Memory]) -> dict[str, Any]:
    """Return `memory`, a dataclass of type `kind`, as a JSON-able document."""
    return {
        "formatVersion": FORMAT_VERSION,
        "memory": TypeAdapter(kind).dump_python(memory, mode="json"),
    }


def read(document: object, kind: type[Memory], owner: str) -> Memory:
    """Return the memory in `document`; raises SnapshotError if damaged or of another version.

    `owner` names whose memory it is, for the message.
    """
    version = document.get("formatVersion") if isinstance(document, dict) else None
    if not isinstance(document, dict) or version != FORMAT_VERSION:
        raise SnapshotError(
            f"the snapshot of {owner} has format version {version}, this release reads "
            f"{FORMAT_VERSION}: use an empty state directory, or the release that wrote it"
        )
    return parse(
        TypeAdapter(kind),
        document.get("memory"),
        lambda text: SnapshotError(
            f"the snapshot of {owner} is damaged {text}; use an empty state directory or a backup"
        ),
    )
