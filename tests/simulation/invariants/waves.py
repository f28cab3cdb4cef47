"""How waves begin and wait (I6, I8, I10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from local.virtual.runs import Run
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.beginnings import beginnings
from tests.simulation.invariants.decisions import was_decided
from tests.simulation.invariants.histories import run_of
from tests.simulation.stored import ExecutionRecords, Record

_CAME_UP = {"COMPLETED", "PARTIAL"}
_MAY_RUN = {"SENT", "CONFIRMED"}
# I6: a job that runs too long is a question by then; I10: what nothing holds up goes on by then.
_ASKED_WITHIN = timedelta(minutes=5)
_GOES_ON_WITHIN = timedelta(minutes=5)


def dependencies_come_first(now: Evidence, before: Evidence) -> Iterator[str]:
    """I8: a wave's first job comes after its dependencies came up or were skipped by decision."""
    old = {job.job_id for _, job in before.our_launches()}
    for _, job in now.our_launches():
        records = now.executions.get(job.tags["drsorc:execution"])
        if job.job_id in old or records is None:
            continue
        for name in records.waves[job.tags["drsorc:wave"]]["dependsOn"]:
            wave = records.waves[name]
            if not _lets_others_go(wave, records):
                yield f"I8: {job.job_id} launches before {name}, which is {wave['status']}"


def dependencies_came_first(now: Evidence) -> Iterator[str]:
    """I8: nor, as the times on record have it, was a launch sent or an action begun earlier."""
    for (name, wave), moment in beginnings(now).items():
        records = now.executions[name]
        waves = records.waves
        for dependency in (waves[each] for each in waves[wave]["dependsOn"]):
            is_done = _lets_others_go(dependency, records)
            if not is_done or _time(dependency["endTime"]) > moment + now.clocks_apart:
                yield f"I8: {wave} of {name} began at {moment}, before {dependency['name']} ended"


def _lets_others_go(wave: Record, records: ExecutionRecords) -> bool:
    """Whether the wave came up, or a person has decided to skip it."""
    is_skipped = wave["status"] == "SKIPPED" and was_decided(wave, "skippedBy", records)
    return wave["status"] in _CAME_UP or is_skipped


def stuck_jobs_ask(now: Evidence) -> Iterator[str]:
    """I6: 5 minutes after its deadline a wave whose job still runs asks a named person.

    Also after a cancel, an ABORT or a STOP, for its jobs run on. A wave that a person has skipped
    or given up itself asks no more. One whose workflow has died is ended, as soon as the reconciler
    can.
    """
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or not run.is_running or records.is_final:
            continue
        for intent in records.intents.values():
            wave = records.waves[intent["wave"]]
            is_decided = wave.get("skippedBy") or wave.get("abortedBy")
            if wave["status"] != "RUNNING" or is_decided or intent["status"] not in _MAY_RUN:
                continue
            sent = intent.get("firstSentTime") or intent["sentTime"]
            since = max(_time(sent), _time(wave.get("phaseTime") or sent))
            deadline = since + timedelta(minutes=wave["deadlineMinutes"])
            child = run_of(wave["name"], run)
            is_dead = child is None or not child.is_running
            by = max(deadline, now.last_swept_in_vain) if is_dead else deadline
            if now.now > by + _ASKED_WITHIN:
                yield f"I6: {wave['name']} of {name} should have asked at {deadline}"


def only_dependencies_delay(now: Evidence) -> Iterator[str]:
    """I10: a wave is not held up by waves that it does not depend on, stuck ones included, 5
    minutes after something last went wrong.

    What waits for a person, for its actions or in the queue of DRS has left the gate already.
    """
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or not run.is_running or records.is_closed or not run.children:
            continue
        begun = max(child.started_at for child in run.children)
        paused = now.last_paused.get(name, run.started_at)
        for wave in records.waves.values():
            ended = _ends_of_dependencies(wave, records)
            came = _at_its_gate_since(wave, records, run)
            if ended is None or came is None:
                continue
            since = max([begun, paused, came, now.last_struck, *ended])
            if records.header["status"] != "PENDING" and now.now > since + _GOES_ON_WITHIN:
                yield f"I10: {wave['name']} of {name} might have gone on since {since}"


def _at_its_gate_since(wave: Record, records: ExecutionRecords, run: Run) -> datetime | None:
    """Return since when nobody but the waves before it keeps it there; None: it is elsewhere.

    Elsewhere is also a wave whose workflow has gone on, and tries in vain to start its recovery.
    """
    at_rest = wave["status"] in {"PENDING", "HELD"} and wave.get("phase", "GATE") == "GATE"
    intents = [each for each in records.intents.values() if each["wave"] == wave["name"]]
    asked = any(each["status"] != "PREPARED" for each in intents)
    if not at_rest or asked or wave.get("approval"):
        return None
    child = run_of(wave["name"], run)
    states = reversed(child.history) if child else ()
    entered = next((event for event in states if event.enters), None)
    return entered.at if entered and entered.name == "Wait for clearance" else None


def _ends_of_dependencies(wave: Record, records: ExecutionRecords) -> list[datetime] | None:
    """Return when the dependencies ended, None if one has not, or is of no use."""
    dependencies = [records.waves[each] for each in wave["dependsOn"]]
    if any(each["status"] not in {*_CAME_UP, "SKIPPED"} for each in dependencies):
        return None
    return [_time(each["endTime"]) for each in dependencies]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
