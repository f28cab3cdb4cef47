"""Stored items, as stored; what those of one execution are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drs_orchestrator.adapters.items import Key
from drs_orchestrator.domain.execution import Execution

Record = dict[str, Any]
IntentKey = tuple[str, int, int]
"""Wave, attempt and chunk."""
StoredItem = tuple[Key, Record]
ServerName = tuple[str, ...]
"""Account, Region and id."""
_FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT", "INTERRUPTED"}


@dataclass
class ExecutionRecords:
    """The stored items of one execution, as stored; by their names where they have one."""

    header: Record = field(default_factory=dict)
    waves: dict[str, Record] = field(default_factory=dict)
    servers: dict[str, Record] = field(default_factory=dict)
    intents: dict[IntentKey, Record] = field(default_factory=dict)
    decisions: list[Record] = field(default_factory=list)
    actions: list[Record] = field(default_factory=list)
    clean_up: Record | None = None
    terminations: dict[ServerName, Record] = field(default_factory=dict)

    @property
    def is_prepared(self) -> bool:
        """Whether "Prepare execution" has done its work: what it took is never taken anew."""
        return self.header.get("status") not in {None, "PENDING"}

    @property
    def is_final(self) -> bool:
        """Whether it has its verdict."""
        return self.header.get("status") in _FINAL

    @property
    def is_closed(self) -> bool:
        """Whether nothing may start any more."""
        return self.is_final or self.is_called_off or bool(self.header.get("finishingTime"))

    @property
    def is_called_off(self) -> bool:
        """Whether something has closed it, or did, before its waves had all ended."""
        closers = ("stoppedBy", "cancelledBy", "abortedBy", "overranTime")
        return any(self.header.get(name) for name in closers)


def filed(partition: Mapping[str, Record]) -> ExecutionRecords:
    """Return the items of one execution, by their sort keys, as records."""
    records = ExecutionRecords()
    for sort_key, record in sorted(partition.items()):
        _file(records, sort_key, record)
    return records


def _file(records: ExecutionRecords, sort_key: str, record: Record) -> None:
    match sort_key.split("#"):
        case ["HEADER"]:
            records.header = record
        case ["WAVE", name]:
            records.waves[name] = record
        case ["SERVER", *_]:
            records.servers[record["sourceServerId"]] = record
        case ["INTENT", wave, *_]:
            records.intents[wave, record["attempt"], record["chunk"]] = record
        case ["DECISION", *_]:
            records.decisions.append(record)
        case ["ACTION", *_]:
            records.actions.append(record)
        case ["CLEANUP"]:
            records.clean_up = record
        case ["CLEANUP", *server]:
            records.terminations[tuple(server)] = record


def execution_of(records: ExecutionRecords) -> Execution:
    """Return the header as the product reads it."""
    return Execution.model_validate(header_of(records))


def header_of(records: ExecutionRecords) -> Record:
    """Return the header without what tells it from other records."""
    return {name: value for name, value in records.header.items() if name != "recordType"}
