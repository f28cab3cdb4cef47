"""What is on record: versions, verdicts, the snapshot; all of it loads (I4, I12, I14, I18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import BaseModel, ValidationError

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.decision import Decision
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.wave import WaveRecord
from tests.simulation.evidence import Evidence, ExecutionRecords, Record

_CAME_UP = {"COMPLETED", "PARTIAL"}
_WAVE_ENDED = {*_CAME_UP, "FAILED", "SKIPPED", "CANCELLED"}
_SNAPSHOT_OF_WAVE = ("dependsOn", "onFailure", "successPolicy", "serverCount", "deadlineMinutes")
# The error of "Execution failed", the workflow's own end after a verdict that is none of those.
_FAILED = "RecoveryFailed"
_SWEPT_WITHIN = timedelta(minutes=5)


def records_agree_with_the_workflow(now: Evidence) -> Iterator[str]:
    """I14: 5 minutes after a workflow ended, by itself or by hand, there is a verdict that fits."""
    if not now.at_rest:
        return
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or run.stopped_at is None:
            continue
        # Somebody who began to finish it, and died, is left alone for a while first.
        looks = 2 if records.header.get("finishingTime") and not records.is_final else 1
        since = max(run.stopped_at, now.last_swept_in_vain)
        if now.now <= since + looks * _SWEPT_WITHIN:
            continue
        status = records.header.get("status")
        fits = records.is_final
        if run.status == "SUCCEEDED" or run.error == _FAILED:
            fits = (run.status == "SUCCEEDED") == (status in _CAME_UP)
        if not fits:
            yield f"I14: {name} is {status}, its workflow {run.status}"


def versions_rise_by_one(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: no write is lost: what has a version goes up by one with each change, never down."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None:
            continue
        pairs = [(earlier.header, records.header)]
        # Prepared again, it has other launches: a group may have been edited since.
        begun = earlier.header.get("status") != "PENDING"
        pairs += [
            (earlier.intents[k], i)
            for k, i in records.intents.items()
            if begun and k in earlier.intents
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


def snapshots_stay(now: Evidence, before: Evidence) -> Iterator[str]:
    """I12: once begun, an execution keeps its waves and its servers."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None or not earlier.intents or earlier.header["status"] == "PENDING":
            continue
        if _snapshot(earlier) != _snapshot(records):
            yield f"I12: the snapshot of {name} has changed"


def _snapshot(records: ExecutionRecords) -> object:
    waves = {
        name: [wave.get(part) for part in _SNAPSHOT_OF_WAVE] for name, wave in records.waves.items()
    }
    return waves, {name: server["wave"] for name, server in records.servers.items()}


def stored_items_load(now: Evidence) -> Iterator[str]:
    """I18: every stored item is one that the product reads."""
    for name, records in now.executions.items():
        for kind, record in _items(records):
            try:
                kind.model_validate(record)
            except ValidationError as error:
                yield f"I18: a {kind.__name__} of {name} does not load: {error}"


def _items(records: ExecutionRecords) -> Iterator[tuple[type[BaseModel], Record]]:
    yield Execution, {k: v for k, v in records.header.items() if k != "recordType"}
    yield from ((WaveRecord, each) for each in records.waves.values())
    yield from ((RecoveredServer, each) for each in records.servers.values())
    yield from ((Intent, each) for each in records.intents.values())
    yield from ((Decision, each) for each in records.decisions)
    yield from ((ActionRecord, each) for each in records.actions)
    if records.clean_up is not None:
        yield CleanUp, records.clean_up
