"""The simulator's memory as JSON, for a process to be continued by another."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from local.drs.errors import SnapshotError
from local.drs.state import Document, State

FORMAT_VERSION = 1


@dataclass
class _Snapshot:
    formatVersion: int  # noqa: N815 - a member of a JSON document
    state: State


_ADAPTER = TypeAdapter(_Snapshot)


def write(state: State) -> Document:
    """Return `state` as a JSON-able document with its format version."""
    document: Document = _ADAPTER.dump_python(_Snapshot(FORMAT_VERSION, state), mode="json")
    return document


def read(document: object) -> State:
    """Return the state in `document`; raises SnapshotError if damaged or of another version."""
    version = document.get("formatVersion") if isinstance(document, dict) else None
    if version != FORMAT_VERSION:
        raise SnapshotError(
            f"the simulator's snapshot has format version {version}, this release reads "
            f"{FORMAT_VERSION}: use an empty state directory, or the release that wrote it"
        )
    try:
        return _ADAPTER.validate_python(document).state
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        raise SnapshotError(
            f"the simulator's snapshot is damaged at {pointer}: {first['msg']}; "
            "use an empty state directory or a backup"
        ) from error
