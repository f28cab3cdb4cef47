"""What a wave does beside its launches ends in time: its health gate and its actions (I6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from local.virtual.processes import BEGINNING
from local.virtual.runs import Run
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import last_failure
from tests.simulation.stored import ExecutionRecords, Record

_DECIDED_WITHIN = timedelta(minutes=5)
_HEALTHY_WITHIN_MINUTES = 15
# What the plan leaves out of an action, and what one that was told to stop is granted for it.
_ACTS_WITHIN_SECONDS = 600
_STOPS_WITHIN = timedelta(seconds=60)
# Who stops the actions of an execution that has ended comes twice: once to tell them, once to see.
_STOPPED_WITHIN = timedelta(minutes=5)
_ACTIONS_OF = {"BEFORE": "preActions", "AFTER": "postActions"}


def health_gates_are_decided(now: Evidence) -> Iterator[str]:
    """I6: 5 minutes after the deadline of its health check a wave has gone on, has failed, or asks
    a named person.
    """
    for name, wave, hindered, seen_at in _waves_at_work(now):
        if wave["status"] != "VERIFYING":
            continue
        minutes = wave["healthCheck"].get("deadlineMinutes", _HEALTHY_WITHIN_MINUTES)
        deadline = _time(wave["phaseTime"]) + timedelta(minutes=minutes)
        if seen_at > max(deadline, hindered) + _DECIDED_WITHIN:
            yield f"I6: the health of {wave['name']} of {name} should be decided since {deadline}"


def actions_end(now: Evidence) -> Iterator[str]:
    """I6: 5 minutes after the time-out of a try, and what it is granted for stopping, the wave has
    gone on: to its next try, its next action, its launch, its end, or a question.

    However many tries it has: each has its own time. Nobody sends for another try in a pause.
    """
    for name, wave, hindered, seen_at in _waves_at_work(now):
        if wave["status"] != "RUNNING" or wave.get("phase") not in _ACTIONS_OF:
            continue
        done_by = _done_by(wave, now.executions[name])
        if seen_at > max(done_by, hindered) + _DECIDED_WITHIN:
            yield f"I6: the actions of {wave['name']} of {name} should have gone on at {done_by}"


def actions_of_the_ended_stop(now: Evidence) -> Iterator[str]:
    """I6: an action that outlives its execution is told to stop, and is on record as ended."""
    quiet_since = max(now.last_swept_in_vain, now.last_refused)
    for name, records in now.executions.items():
        running = [each for each in records.actions if each["status"] == "RUNNING"]
        if not (running and records.is_final):
            continue
        since = max(quiet_since, _time(records.header["endTime"])) + _STOPS_WITHIN
        if now.now > since + _STOPPED_WITHIN:
            yield f"I6: action {running[0]['name']} of {name} is RUNNING, which has ended"


def _waves_at_work(now: Evidence) -> Iterator[tuple[str, Record, datetime, datetime]]:
    """Yield the waves that have a workflow and no verdict, until when anything may have held each
    up, and when it was last at work: now, or when its workflow ended.

    One that waits too long may die of it, and is on record as it was when it did.
    """
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or records.is_final:
            continue
        children = {child.input["wave"]: child for child in run.children}
        for wave in records.waves.values():
            child = children.get(wave["name"])
            if child is not None:
                seen_at = child.stopped_at or run.stopped_at or now.now
                yield name, wave, _hindered(now, name, wave, child), seen_at


def _hindered(now: Evidence, name: str, wave: Record, child: Run) -> datetime:
    """Return the last of: a move of the wave, a pause, a fault that it or anybody met."""
    moved = now.since.get(name, {}).get(wave["name"], BEGINNING)
    paused = now.last_paused.get(name, BEGINNING)
    return max(moved, paused, now.last_struck, last_failure(child) or BEGINNING)


def _done_by(wave: Record, records: ExecutionRecords) -> datetime:
    """Return by when the wave has something else to do than to wait for its last try."""
    planned: Sequence[Record] = wave[_ACTIONS_OF[wave["phase"]]]
    of_phase = [
        each
        for each in records.actions
        if (each["wave"], each["phase"]) == (wave["name"], wave["phase"])
    ]
    return max((_ends_by(planned[each["position"]], each) for each in of_phase), default=BEGINNING)


def _ends_by(action: Record, record: Record) -> datetime:
    """Return when a try ended, or by when: one to be tried again keeps the start of the last."""
    if record.get("endTime") or not record.get("startTime"):
        return _time(record.get("endTime"))
    seconds = action.get("seconds") or action.get("timeoutSeconds", _ACTS_WITHIN_SECONDS)
    return _time(record["startTime"]) + timedelta(seconds=seconds) + _STOPS_WITHIN


def _time(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else BEGINNING
