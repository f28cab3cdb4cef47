"""The workflow of a wave, and a workflow's history state by state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from local.virtual.processes import BEGINNING
from local.virtual.runs import HistoryEvent, Run
from tests.simulation.stored import ExecutionRecords

# The error of "Wave failed", the end that follows a verdict.
_WAVE_FAILED = "WaveFailed"
_FAILURES = ("TaskFailed", "TaskTimedOut")
_ENDS = {"ExecutionSucceeded": "", "ExecutionFailed": ""}
_WAITS = ("Wait for clearance", "Wait for decision")
# Where a wave goes after a fault, and where if not even that step can be carried out.
_AFTER_FAULTS = {"Record failure", "Wave failed"}


@dataclass
class Visit:
    """One stay in a state. `following`: the state after it, "" at the end; None: it has not left,
    or somebody has stopped the workflow there.

    `failures`: the tries of its task that went wrong; `time_outs`: how often a rest with a bell was
    over without it.
    """

    state: str
    failures: list[HistoryEvent] = field(default_factory=list)
    time_outs: int = 0
    following: str | None = None


def run_of(wave: str, run: Run) -> Run | None:
    """Return the workflow of a wave, a child of its execution's; None: there is none yet."""
    return next((each for each in run.children if each.input["wave"] == wave), None)


def ended_without_verdict(wave: str, run: Run | None) -> bool:
    """Return whether the wave's workflow ended for another reason than its verdict."""
    if run is None or run.status == "ABORTED":
        return True
    child = run_of(wave, run)
    return child is None or child.status == "ABORTED" or child.error not in {None, _WAVE_FAILED}


def was_broken_off(wave: str, records: ExecutionRecords, run: Run | None) -> bool:
    """Return whether the wave's workflow ended for another reason than its verdict, or has met a
    fault since a person last had it tried again: what went wrong before is forgiven.
    """
    child = run_of(wave, run) if run else None
    if child is None or ended_without_verdict(wave, run):
        return True
    times = [
        datetime.fromisoformat(each["time"])
        for each in records.decisions
        if (each["wave"], each["decision"]) == (wave, "RETRY")
    ]
    # One that came when the workflow had ended was heard by nobody.
    heard = [each for each in times if child.stopped_at is None or each <= child.stopped_at]
    since = max(heard, default=BEGINNING)
    broken = (visit for visit in visits(child) if any(each.at >= since for each in visit.failures))
    return any(visit.following in _AFTER_FAULTS for visit in broken)


def visits(run: Run) -> Iterator[Visit]:
    """Yield the stays of a workflow in its states, in their order."""
    visit: Visit | None = None
    for event in run.history:
        if event.enters or event.type.startswith("Execution"):
            if visit is not None:
                visit.following = event.name if event.enters else _ENDS.get(event.type)
                yield visit
            visit = Visit(event.name) if event.enters else None
        elif visit is not None and event.type in _FAILURES:
            _note(visit, event)
    if visit is not None:
        yield visit


def last_failure(run: Run) -> datetime | None:
    """Return when a try of a task last went wrong: the last of all failures of its visits.

    A wave that waits for days has thousands of events, and this is asked at every change.
    """
    visit: list[HistoryEvent] = []
    for event in reversed(run.history):
        if event.type in _FAILURES:
            visit.append(event)
        elif visit and event.enters:
            for each in visit:
                if each.type != "TaskTimedOut" or event.name not in _WAITS:
                    return each.at
            visit.clear()
    return None


def _note(visit: Visit, event: HistoryEvent) -> None:
    if visit.state in _WAITS and event.type == "TaskTimedOut":
        visit.time_outs += 1
    else:
        visit.failures.append(event)
