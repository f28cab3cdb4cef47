"""What people are asked, and what becomes of their answers (I4, I6, I14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from local.virtual.processes import BEGINNING
from local.virtual.runs import Run
from tests.simulation.evidence import LISTED, Evidence
from tests.simulation.invariants.histories import (
    ended_without_verdict,
    last_failure,
    run_of,
    visits,
)
from tests.simulation.stored import ExecutionRecords, Record

_ENDED = {"COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"}
# The reconciler's next look; a check of a job that has run for six hours comes after five minutes.
_CARRIED_OUT_WITHIN = timedelta(minutes=10)
_LISTED_WITHIN = timedelta(minutes=5)
# Its longest rest, and a bit.
_WITHDRAWN_WITHIN = timedelta(minutes=15)
# Granted are such as DRS throttles.
_UNDER_WAY = {"GRANTED", "SENT", "CONFIRMED"}


def answers_stay(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: an answer on record is never written over: what was decided, why, by whom and when."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None or earlier is records:
            continue
        given = {(each["wave"], each["attempt"]): each for each in records.decisions}
        for old in earlier.decisions:
            new = given.get((old["wave"], old["attempt"]))
            if new != old:
                asked = f"question {old['attempt']} of {old['wave']} of {name}"
                yield f"I4: {_said(old)} is the answer to {asked}, and became {_said(new)}"


def _said(answer: Record | None) -> str:
    return f"{answer['decision']} by {answer['actor']}" if answer else "nothing"


def answers_are_carried_out(now: Evidence) -> Iterator[str]:
    """I14: 10 minutes after it was given an answer is carried out, whoever died meanwhile."""
    for name, wave, decision in _answers(now):
        if wave["status"] in _ENDED or now.executions[name].is_final:
            continue
        given = datetime.fromisoformat(decision["time"])
        child = run_of(wave["name"], now.runs[name]) if name in now.runs else None
        hindered = max(now.last_struck, (child and last_failure(child)) or BEGINNING)
        if now.now > max(given, hindered) + _CARRIED_OUT_WITHIN:
            yield f"I14: {decision['decision']} for {wave['name']} of {name} is not carried out"


def answers_were_carried_out(now: Evidence) -> Iterator[str]:
    """I14: an answer that was taken has been carried out before the wave's end, unless the wave's
    workflow was stopped or broke down; or the step that should carry it out failed, and nobody is
    asked again, because nothing starts any more.
    """
    for name, wave, decision in _answers(now):
        run = now.runs.get(name)
        in_vain = now.executions[name].is_called_off and _failed_where_it_waited(wave, run)
        if not (in_vain or ended_without_verdict(wave["name"], run)):
            yield f"I14: {decision['decision']} for {wave['name']} of {name} was not carried out"


def _answers(now: Evidence) -> Iterator[tuple[str, Record, Record]]:
    """Yield the answers that are not carried out yet, each with its execution and wave."""
    for name, records in now.executions.items():
        for decision in records.decisions:
            wave = records.waves[decision["wave"]]
            if decision["attempt"] >= wave.get("attempt", 1):
                yield name, wave, decision


def questions_about_jobs_have_some(now: Evidence) -> Iterator[str]:
    """I14: nobody is asked about stuck jobs for longer than a wave rests once there are none: what
    it launched has ended, or waits for its turn.
    """
    for name, records in now.executions.items():
        for wave in records.waves.values():
            if (wave.get("question") or {}).get("kind") != "STUCK" or name not in now.runs:
                continue
            intents = {k: each for k, each in records.intents.items() if k[0] == wave["name"]}
            if any(each["status"] in _UNDER_WAY for each in intents.values()):
                continue
            since = now.since.get(name, {})
            moved = [since.get(each, BEGINNING) for each in (wave["name"], *intents)]
            if now.now > max(*moved, now.last_struck) + _WITHDRAWN_WITHIN:
                yield f"I14: {wave['name']} of {name} asks about jobs, and there are none"


def failures_are_asked_about(now: Evidence, before: Evidence) -> Iterator[str]:
    """I6: a wave whose policy is ASK is FAILED by a person, or because nothing starts any more, or
    because its workflow could not even wait for an answer; or by an action that has a policy of
    its own.
    """
    for name, records in now.executions.items():
        old = before.executions.get(name)
        for wave in records.waves.values():
            was = old.waves.get(wave["name"], {}) if old else {}
            if wave["status"] != "FAILED" or was.get("status") == "FAILED":
                continue
            if not (
                _may_fail_unasked(wave, records) or _could_not_ask(was, records, now.runs.get(name))
            ):
                yield f"I6: {wave['name']} of {name} is FAILED, and nobody was asked"


def _may_fail_unasked(wave: Record, records: ExecutionRecords) -> bool:
    failed = wave.get("failedAction")
    policy = failed["onFailure"] if failed else wave["onFailure"]
    return bool(policy != "ASK" or wave.get("abortedBy") or records.is_closed)


def _could_not_ask(wave: Record, records: ExecutionRecords, run: Run | None) -> bool:
    """Whether its workflow has ended, or failed where it waited for an answer that had not come."""
    child = run_of(wave["name"], run) if run and wave else None
    if run is None or child is None or not (run.is_running and child.is_running):
        return True
    asked = (wave["name"], wave.get("attempt", 1))
    answered = any((each["wave"], each["attempt"]) == asked for each in records.decisions)
    return _failed_where_it_waited(wave, run) and not answered


def _failed_where_it_waited(wave: Record, run: Run | None) -> bool:
    child = run_of(wave["name"], run) if run else None
    waits = [each for each in visits(child) if each.state == "Wait for decision"] if child else []
    return bool(waits) and waits[-1].following == "Record failure" and bool(waits[-1].failures)


def lists_say_who_asks(now: Evidence) -> Iterator[str]:
    """I14: 5 minutes after a wave began to ask, or was answered, the header of its execution, which
    lists show, says so.
    """
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or not run.is_running or records.is_final:
            continue
        asking = {wave["name"] for wave in records.waves.values() if wave.get("question")}
        for wave_name in asking ^ set(records.header.get("awaiting", [])):
            since = now.since.get(name, {})
            moved = max(since.get(each, BEGINNING) for each in (wave_name, LISTED))
            if now.now > max(moved, now.last_struck) + _LISTED_WITHIN:
                told = "asks" if wave_name in asking else "does not ask"
                yield f"I14: {wave_name} of {name} {told}, and lists say otherwise"
