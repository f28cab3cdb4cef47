"""What is on record: versions, verdicts; all of it loads (I4, I18)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.decision import Decision
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.termination import Termination
from drs_orchestrator.domain.wave import WaveRecord
from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, Record, header_of

_CAME_UP = {"COMPLETED", "PARTIAL"}
_TIDIED = {"COMPLETED", "INCOMPLETE"}
_WAVE_ENDED = {*_CAME_UP, "FAILED", "SKIPPED", "CANCELLED"}


def versions_rise_by_one(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: no write is lost: what has a version goes up by one with each change, never down."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None or earlier is records:
            continue
        pairs = [(earlier.header, records.header)]
        # Prepared again, it has other launches: a group may have been edited since.
        begun = earlier.header.get("status") != "PENDING"
        pairs += [
            (earlier.intents[k], i)
            for k, i in records.intents.items()
            if begun and k in earlier.intents
        ]
        pairs += [(earlier.clean_up or {}, records.clean_up or {})]
        pairs += [
            (earlier.terminations[k], each)
            for k, each in records.terminations.items()
            if k in earlier.terminations
        ]
        for old, new in pairs:
            if old and new["version"] - old["version"] not in {0, 1}:
                yield f"I4: {name}: version {old['version']} became {new['version']}"
            elif old and old["version"] == new["version"] and old != new:
                yield f"I4: {name}: version {new['version']} was written twice"


def ends_are_final(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: what has its verdict keeps it."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name, ExecutionRecords())
        status = records.header.get("status")
        if earlier.is_final and earlier.header["status"] != status:
            yield f"I4: {name} was {earlier.header['status']}, is {status}"
        for wave, record in records.waves.items():
            was = earlier.waves.get(wave, {}).get("status")
            if was in _WAVE_ENDED and was != record["status"]:
                yield f"I4: {wave} of {name} was {was}, is {record['status']}"
        yield from _ends_of_clean_ups_are_final(name, records, earlier)


def _ends_of_clean_ups_are_final(
    name: str, records: ExecutionRecords, earlier: ExecutionRecords
) -> Iterator[str]:
    """Until it is asked for again: what has its end in an attempt keeps it."""
    was, is_ = earlier.clean_up or {}, records.clean_up or {}
    same_attempt = was.get("attempt") == is_.get("attempt")
    if was.get("status") in _TIDIED and same_attempt and was["status"] != is_["status"]:
        yield f"I4: the clean-up of {name} was {was['status']}, is {is_['status']}"
    for server, record in records.terminations.items():
        old = earlier.terminations.get(server, {})
        results = (old.get("result"), record.get("result"))
        if results[0] and old["attempt"] == record["attempt"] and results[0] != results[1]:
            yield f"I4: the termination of {server[-1]} of {name} was {results[0]}, is {results[1]}"


def stored_items_load(now: Evidence) -> Iterator[str]:
    """I18: every stored item is one that the product reads."""
    for name, records in now.executions.items():
        for kind, record in _items(records):
            try:
                kind.model_validate(record)
            except ValidationError as error:
                yield f"I18: a {kind.__name__} of {name} does not load: {error}"


def _items(records: ExecutionRecords) -> Iterator[tuple[type[BaseModel], Record]]:
    yield Execution, header_of(records)
    yield from ((WaveRecord, each) for each in records.waves.values())
    yield from ((RecoveredServer, each) for each in records.servers.values())
    yield from ((Intent, each) for each in records.intents.values())
    yield from ((Decision, each) for each in records.decisions)
    yield from ((ActionRecord, each) for each in records.actions)
    if records.clean_up is not None:
        yield CleanUp, records.clean_up
    yield from ((Termination, each) for each in records.terminations.values())
