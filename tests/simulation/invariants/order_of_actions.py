"""Actions run one after the other, before or after their wave's launch (I8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from local.drs import JobTruth
from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, Record

_DONE = {"SUCCEEDED", "FAILED", "SKIPPED"}
_PHASES = {"BEFORE": "preActions", "AFTER": "postActions"}


def actions_come_in_order(now: Evidence) -> Iterator[str]:
    """I8: an action begins when the one before it in the plan is done."""
    for name, records in now.executions.items():
        if not records.actions:
            continue
        for wave in records.waves.values():
            for phase in _PHASES:
                for first, second in pairwise(_in_order(wave, phase, records)):
                    if not _is_done_by(first, _begun(second), now):
                        begun, other = _named(second), _named(first)
                        yield f"I8: {begun} of {name} began before {other} was done"


def launches_keep_to_their_actions(now: Evidence) -> Iterator[str]:
    """I8: a wave launches when its actions before that are done; and those after it begin when no
    job of it runs any more.
    """
    jobs: dict[tuple[str, str], list[JobTruth]] = {}
    for _, job in now.our_launches():
        jobs.setdefault((job.tags["drsorc:execution"], job.tags["drsorc:wave"]), []).append(job)
    for (name, wave_name), launches in jobs.items():
        records = now.executions.get(name)
        if records is None:
            continue
        wave = records.waves[wave_name]
        launched = min(job.created_at for job in launches)
        for action in _in_order(wave, "BEFORE", records):
            if not _is_done_by(action, launched, now):
                yield f"I8: {wave_name} of {name} launched before {_named(action)} was done"
        for action in _in_order(wave, "AFTER", records):
            begun = _begun(action)
            if begun and not all(_has_ended_by(job, begun, now) for job in launches):
                yield f"I8: {_named(action)} of {name} began before {wave_name} was launched"


def _in_order(wave: Record, phase: str, records: ExecutionRecords) -> list[Record]:
    """Return the actions of a phase as the plan has them; an empty record for one not begun."""
    stored = {
        each["name"]: each
        for each in records.actions
        if (each["wave"], each["phase"]) == (wave["name"], phase)
    }
    return [stored.get(each["name"], each) for each in wave.get(_PHASES[phase], [])]


def _is_done_by(action: Record, moment: datetime | None, now: Evidence) -> bool:
    """Whether the action was done at a moment at which something began; None: it did not."""
    if moment is None:
        return True
    is_done = action.get("status") in _DONE and action.get("endTime")
    return bool(is_done) and _time(action["endTime"]) <= moment + now.clocks_apart


def _has_ended_by(job: JobTruth, moment: datetime, now: Evidence) -> bool:
    return job.ended_at is not None and job.ended_at <= moment + now.clocks_apart


def _begun(action: Record) -> datetime | None:
    return _time(action["startTime"]) if action.get("startTime") else None


def _named(action: Record) -> str:
    return f"action {action['name']}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
