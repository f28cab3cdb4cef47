"""A failed wave does what its plan says of failures: it asks, lets others go on, or stops them
(I3, I6).
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, IntentKey, Record

# The questions about what went wrong with a launch; an action has a policy of its own.
_ABOUT_FAILURES = {"LAUNCH", "HEALTH"}


def nothing_is_sent_after_a_stop(now: Evidence, before: Evidence) -> Iterator[str]:
    """I3: once a wave has FAILED whose policy is STOP, or by an action whose policy it is, no
    launch of another is sent for the first time. A try of what was sent before is the same launch.
    """
    for name, records in now.executions.items():
        old = before.executions.get(name)
        if old is None or old is records:
            continue
        stopped = [wave["name"] for wave in old.waves.values() if _stops(wave)]
        if stopped:
            for wave, attempt, chunk in _newly_sent(records, old):
                sent = f"chunk {chunk} of attempt {attempt} of {wave} of {name} is sent"
                yield f"I3: {sent} after {stopped[0]} FAILED, which lets nothing new start"


def _newly_sent(records: ExecutionRecords, old: ExecutionRecords) -> Iterator[IntentKey]:
    for key, intent in records.intents.items():
        was = old.intents.get(key, {}).get("sends", 0)
        if was == 0 and intent.get("sends", 0) > 0:
            yield key


def _stops(wave: Record) -> bool:
    action = wave.get("failedAction") or {}
    stops = "STOP" in {wave["onFailure"], action.get("onFailure")}
    return bool(wave["status"] == "FAILED" and stops)


def only_those_ask_that_shall(now: Evidence) -> Iterator[str]:
    """I6: a wave asks what to do about a failure only where its plan says ASK, of the wave or of
    the action; or again, about an answer that could not be carried out.
    """
    for name, records in now.executions.items():
        answered = {decision["wave"] for decision in records.decisions}
        for wave in records.waves.values():
            kind = (wave.get("question") or {}).get("kind")
            if kind and not _may_ask(kind, wave, was_answered=wave["name"] in answered):
                yield f"I6: {wave['name']} of {name} asks about {kind}, against its plan"


def _may_ask(kind: str, wave: Record, *, was_answered: bool) -> bool:
    if kind in _ABOUT_FAILURES:
        return bool(wave["onFailure"] == "ASK")
    if kind == "FAULT":
        return was_answered or bool(wave["onFailure"] == "ASK")
    if kind == "ACTION":
        action = wave.get("failedAction") or {}
        return was_answered or bool(action.get("onFailure") == "ASK")
    return True
