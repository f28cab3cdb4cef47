"""What an execution works from stays as it was when the execution was prepared (I12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, Record

# What is taken from the plan and its groups, and never written again.
_SNAPSHOT = (
    "planId",
    "planName",
    "planVersion",
    "executionType",
    "pointInTime",
    "replaceLiveInstances",
    "cleanUpAfterMinutes",
)
_SNAPSHOT_OF_WAVE = (
    "position",
    "protectionGroups",
    "dependsOn",
    "onFailure",
    "successPolicy",
    "deadlineMinutes",
    "approval",
    "preActions",
    "postActions",
    "healthCheck",
    "serverCount",
    "remainingPath",
)
_SNAPSHOT_OF_SERVER = ("wave", "accountId", "region", "isCritical")


def snapshots_stay(now: Evidence, before: Evidence) -> Iterator[str]:
    """I12: once prepared, an execution keeps what it took from its plan: waves whole, servers."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None or earlier is records or not earlier.is_prepared:
            continue
        changed = _changes_of_snapshot(earlier, records)
        if changed:
            yield f"I12: the snapshot of {name} has changed: {changed[0]}"


def snapshots_stayed(now: Evidence) -> Iterator[str]:
    """I12: at its end an execution has what it had when it was first seen prepared."""
    for name, prepared in now.prepared.items():
        changed = _changes_of_snapshot(prepared, now.executions[name])
        if changed:
            yield f"I12: the snapshot of {name} has changed in the end: {changed[0]}"


def _changes_of_snapshot(
    before: ExecutionRecords, after: ExecutionRecords
) -> list[tuple[str, str]]:
    old, new = _snapshot(before), _snapshot(after)
    return [each for each in {**old, **new} if old.get(each) != new.get(each)]


def _snapshot(records: ExecutionRecords) -> dict[tuple[str, str], object]:
    """Return what was taken, by kind and name."""
    return {
        ("execution", ""): _parts(records.header, _SNAPSHOT),
        **{("wave", n): _parts(w, _SNAPSHOT_OF_WAVE) for n, w in records.waves.items()},
        **{("server", n): _parts(s, _SNAPSHOT_OF_SERVER) for n, s in records.servers.items()},
    }


def _parts(record: Record, names: Iterable[str]) -> list[object]:
    return [record.get(name) for name in names]
