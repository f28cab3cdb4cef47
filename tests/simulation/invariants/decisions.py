"""What a person, or the plan for want of one, has to decide is decided before it is done (I8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from drs_orchestrator.domain.decision import NOBODY
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.beginnings import beginnings
from tests.simulation.stored import ExecutionRecords, Record

# What is on record of a wave as somebody's deed, and what that somebody said.
_SAID = {
    "approvedBy": "APPROVE",
    "rejectedBy": "REJECT",
    "skippedBy": "SKIP",
    "acceptedBy": "SKIP",
    "abortedBy": "ABORT",
}


def approvals_come_first(now: Evidence) -> Iterator[str]:
    """I8: a wave that needs approval launches nothing, and runs no action, before it has one."""
    gated = [
        (name, wave["name"])
        for name, records in now.executions.items()
        for wave in records.waves.values()
        if wave.get("approval")
    ]
    begun = beginnings(now) if gated else {}
    for name, wave_name in gated:
        began = begun.get((name, wave_name))
        approved = [
            _time(each)
            for each in now.executions[name].decisions
            if (each["wave"], each["decision"]) == (wave_name, "APPROVE")
        ]
        if began and not any(each <= began + now.clocks_apart for each in approved):
            yield f"I8: {wave_name} of {name} began at {began}, and had no approval"


def time_outs_decide_as_planned(now: Evidence) -> Iterator[str]:
    """I8: nobody's answer is one that the plan has for an approval, once its time is over. It is
    asked when what the wave depends on has ended, or later.
    """
    for name, records in now.executions.items():
        for decision in records.decisions:
            if decision["actor"] != NOBODY:
                continue
            wave = records.waves[decision["wave"]]
            said = f"{decision['decision']} for {wave['name']} of {name} by {NOBODY}"
            approval = wave.get("approval") or {}
            minutes = approval.get("timeoutMinutes")
            if minutes is None or decision["decision"] != approval.get("onTimeout", "REJECT"):
                yield f"I8: {said} is not what its plan says"
            elif _time(decision) + now.clocks_apart < _turn_of(wave, records) + timedelta(
                minutes=minutes
            ):
                yield f"I8: {said} came before {minutes} minutes were over"


def deeds_were_decided(now: Evidence) -> Iterator[str]:
    """I8: who is said to have approved, rejected, skipped, accepted or aborted has said so."""
    for name, records in now.executions.items():
        for wave in records.waves.values():
            for deed in _SAID:
                if wave.get(deed) and not was_decided(wave, deed, records):
                    yield f"I8: {deed} {wave[deed]}: {wave['name']} of {name}, who said no such"
        aborted_by = records.header.get("abortedBy")
        answers = {(each["decision"], each["actor"]) for each in records.decisions}
        if aborted_by and ("ABORT", aborted_by) not in answers:
            yield f"I8: abortedBy {aborted_by}: {name}, who said no such"


def was_decided(wave: Record, deed: str, records: ExecutionRecords) -> bool:
    """Return whether the wave has the deed, and an answer of whoever is said to have done it."""
    wanted = (wave["name"], _SAID[deed], wave.get(deed))
    return any(
        (each["wave"], each["decision"], each["actor"]) == wanted for each in records.decisions
    )


def _turn_of(wave: Record, records: ExecutionRecords) -> datetime:
    """Return from when on the wave may be approved: nothing but that holds it up."""
    ends = [records.waves[each].get("endTime") for each in wave["dependsOn"]]
    times = [records.header["startTime"], *(each for each in ends if each)]
    return max(map(datetime.fromisoformat, times))


def _time(decision: Record) -> datetime:
    return datetime.fromisoformat(decision["time"])
