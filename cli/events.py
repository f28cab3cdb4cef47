"""What happened to an execution between two looks, one line an event.

The time of an event is its own, not that of the look: two watches of one execution print the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cli.answers import Execution, Wave, is_final
from cli.characters import one_line
from cli.times import elapsed_seconds, stopwatch_text


class _Event(NamedTuple):
    at_seconds: float
    text: str


def events_between(before: Execution | None, after: Execution) -> list[str]:
    """Return the lines `[hh:mm:ss] ...`, in order; the time counts from the execution's start."""
    known = {wave["name"]: wave for wave in before["waves"]} if before else {}
    waves = [e for w in after["waves"] for e in _wave_events(after, known.get(w["name"]), w)]
    begun = sorted([*_beginning(before, after), *waves], key=lambda event: event.at_seconds)
    events = [*begun, *_end(before, after)]
    return [f"[{stopwatch_text(event.at_seconds)}] {one_line(event.text)}" for event in events]


def _beginning(before: Execution | None, after: Execution) -> Iterator[_Event]:
    if before is None:
        plan = after.get("planName") or after["planId"]
        about = f"{after['executionType']} of {plan}"
        yield _Event(0, f"execution {after['executionId']} {about}")
    if not is_final(after) and (before is None or before["status"] != after["status"]):
        # RUNNING has no time of its own, but no wave began before it; the others are of just now.
        first = min((w["startTime"] for w in after["waves"] if w["startTime"]), default=None)
        began = first if after["status"] == "RUNNING" else None
        at = 0 if before is None else _since_start(after, began)
        yield _Event(at, f"execution {after['executionId']} {after['status']}")


def _end(before: Execution | None, after: Execution) -> Iterator[_Event]:
    if is_final(after) and (before is None or before["status"] != after["status"]):
        text = f"execution {after['executionId']} {after['status']}"
        yield _Event(_since_start(after, after["endTime"]), _with_reason(text, after.get("reason")))


def _wave_events(execution: Execution, before: Wave | None, wave: Wave) -> Iterator[_Event]:
    name, status = wave["name"], wave["status"]
    if wave["startTime"] and not (before and before["startTime"]):
        started = f"wave {name} RUNNING 0/{wave['serverCount']}"
        yield _Event(_since_start(execution, wave["startTime"]), started)
    if status == (before["status"] if before else "PENDING"):
        return
    if status != "RUNNING":
        text = f"wave {name} {status} {wave['serversLaunched']}/{wave['serverCount']}"
        at = _since_start(execution, wave["endTime"])
        yield _Event(at, _with_reason(text, wave.get("reason")))


def _since_start(execution: Execution, moment: str | None) -> float:
    """Return the time of `moment`; an event without a time of its own happened just now."""
    at = moment or execution.get("now") or execution["endTime"]
    return elapsed_seconds(execution["startTime"], at) or 0.0


def _with_reason(text: str, reason: str | None) -> str:
    return f"{text}: {reason}" if reason else text
