"""A health gate without a decision and an action without an end break I6, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.simulation.broken.altered import at_the_gates, running, sound_drill, with_records
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import Check, phases
from tests.simulation.stored import ExecutionRecords, Record

_MINUTE = timedelta(minutes=1)
_STOP: Record = {"name": "stop", "type": "ssm", "documentName": "Do-stop", "timeoutSeconds": 1200}


def _reopened(records: ExecutionRecords, **wave: object) -> None:
    """Let the execution run, and its first wave be where it says."""
    for each in ("finishingTime", "endTime"):
        records.header.pop(each, None)
    records.header.update(status="RUNNING")
    records.waves["db"].update(wave)


def _began(evidence: Evidence) -> datetime:
    """Return when what is added to the drill begins: when everything else in it had ended."""
    return evidence.now


def _verifying(evidence: Evidence, minutes: float, **check: object) -> Evidence:
    """Return the same so long after the first wave began to look at the health of its servers."""
    began = _began(evidence)
    at_work = with_records(
        at_the_gates(running(evidence)),
        lambda r: _reopened(
            r,
            status="VERIFYING",
            phase="HEALTH",
            phaseTime=began.isoformat(),
            healthCheck={"ec2Status": True, **check},
        ),
    )
    return replace(at_work, now=began + minutes * _MINUTE)


def _acting(evidence: Evidence, minutes: float, **action: object) -> Evidence:
    """Return the same so long after the first wave began an action of twenty minutes."""
    began = _began(evidence)
    record = {
        "wave": "db",
        "phase": "BEFORE",
        "position": 0,
        "name": "stop",
        "status": "RUNNING",
        "startTime": began.isoformat(),
        **action,
    }

    def act(records: ExecutionRecords) -> None:
        _reopened(records, status="RUNNING", phase="BEFORE", preActions=[_STOP])
        records.actions.append(record)

    at_work = with_records(at_the_gates(running(evidence)), act)
    return replace(at_work, now=began + minutes * _MINUTE)


def _outlived(evidence: Evidence, minutes: float) -> Evidence:
    """Return the same so long after its end, as if an action of its first wave still ran."""
    action = {"wave": "db", "phase": "BEFORE", "position": 0, "name": "stop", "status": "RUNNING"}
    acting = with_records(evidence, lambda r: r.actions.append(action))
    return replace(acting, now=_began(evidence) + minutes * _MINUTE)


def _died(evidence: Evidence) -> Evidence:
    """Return the same, as if the workflows of its waves had just ended without a verdict."""
    runs = {
        name: replace(
            run,
            children=[
                replace(child, status="FAILED", stopped_at=evidence.now) for child in run.children
            ],
        )
        for name, run in evidence.runs.items()
    }
    return replace(evidence, runs=runs, now=evidence.now + timedelta(hours=1))


def _paused(evidence: Evidence) -> Evidence:
    return replace(evidence, last_paused=dict.fromkeys(evidence.runs, evidence.now - _MINUTE))


def _struck(evidence: Evidence) -> Evidence:
    return replace(evidence, last_struck=evidence.now - _MINUTE)


LATE: dict[str, tuple[Check, Evidence]] = {
    "health, by the common deadline": (
        phases.health_gates_are_decided,
        _verifying(sound_drill(), 21),
    ),
    "health, by its own deadline": (
        phases.health_gates_are_decided,
        _verifying(sound_drill(), 36, deadlineMinutes=30),
    ),
    "an action that runs": (phases.actions_end, _acting(sound_drill(), 27)),
    "an action that is not tried again": (
        phases.actions_end,
        _acting(sound_drill(), 27, status="PENDING"),
    ),
    "an action that has ended": (
        phases.actions_end,
        _acting(sound_drill(), 27, status="SUCCEEDED", endTime=_began(sound_drill()).isoformat()),
    ),
    "an action that its workflow died of": (phases.actions_end, _died(_acting(sound_drill(), 27))),
    "an action that outlives its execution": (
        phases.actions_of_the_ended_stop,
        _outlived(sound_drill(), 7),
    ),
}
IN_TIME: dict[str, tuple[Check, Evidence]] = {
    "health": (phases.health_gates_are_decided, _verifying(sound_drill(), 19)),
    "health, by its own deadline": (
        phases.health_gates_are_decided,
        _verifying(sound_drill(), 34, deadlineMinutes=30),
    ),
    "health, and something has just gone wrong": (
        phases.health_gates_are_decided,
        _struck(_verifying(sound_drill(), 21)),
    ),
    "an action that runs": (phases.actions_end, _acting(sound_drill(), 25)),
    "an action, just resumed": (phases.actions_end, _paused(_acting(sound_drill(), 27))),
    "an action whose workflow was stopped in time": (
        phases.actions_end,
        _died(_acting(sound_drill(), 25)),
    ),
    "an action that is being stopped": (
        phases.actions_of_the_ended_stop,
        _outlived(sound_drill(), 5),
    ),
}


@pytest.mark.parametrize("what", LATE)
def test_what_is_late_is_found(what: str) -> None:
    check, evidence = LATE[what]

    assert [each for each in check(evidence) if each.startswith("I6:")]


@pytest.mark.parametrize("what", IN_TIME)
def test_what_is_in_time_is_not(what: str) -> None:
    check, evidence = IN_TIME[what]

    assert list(check(evidence)) == []
