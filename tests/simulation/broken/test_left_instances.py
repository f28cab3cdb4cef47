"""An instance that a clean-up left without a cause is found, whatever its reason says; and a cause
is taken for one.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from local.drs import CallRecord, JobTruth
from local.virtual.calls import Call, RefusedCall
from local.virtual.runs import HistoryEvent
from tests.simulation.broken.altered import Change, with_instances, with_jobs, with_records
from tests.simulation.broken.test_clean_up_records import clean_up_of, termination_of, tidy
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import Check, clean_ups
from tests.simulation.scenarios import run
from tests.simulation.stored import ExecutionRecords
from tests.simulation.troubles import ROLES, SCHEDULES
from tests.workflow.laptop import ACCOUNT, REGION, fleet, plan, servers, wave

_SERVER = servers(0, 1)[0]
_MINUTE = timedelta(minutes=1)
_ENDS = "TerminateRecoveryInstances"
_NOT_INITIALIZED = "UninitializedAccountException"
_TOO_LONG = 61


@cache
def _tidied() -> Evidence:
    return run(plan("tidy", wave("only", servers(0, 1))), fleet(1), people=[tidy]).evidence


def _incomplete(tried: int, result: str) -> Evidence:
    """Return the evidence of a clean-up that ended just now, long after its drill's job, and tried
    for so many minutes.
    """
    tidied = _tidied()
    evidence = replace(tidied, now=tidied.now + timedelta(hours=5), wrong_in_clean_ups={})

    def end(records: ExecutionRecords) -> None:
        asked = evidence.now - tried * _MINUTE
        times = {"requestedTime": asked.isoformat(), "endTime": evidence.now.isoformat()}
        clean_up_of(records).update(status="INCOMPLETE", reason="so be it", **times)
        termination_of(records).update(result=result, reason="so be it")

    launches = with_jobs(evidence, lambda jobs: [each for each in jobs if each.kind == "LAUNCH"])
    return with_records(launches, end)


def _left(tried: int = 5, *changes: Change) -> Evidence:
    evidence = _incomplete(tried, "LEFT")
    for change in changes:
        evidence = change(evidence)
    return evidence


def _refused(change: Change) -> Evidence:
    return change(_incomplete(5, "REFUSED"))


def _put_on_record_late(evidence: Evidence) -> Evidence:
    """Return the same, with a request on record that its last step wrote down."""
    at = (evidence.now - _MINUTE).isoformat()
    return with_records(evidence, lambda r: clean_up_of(r).update(requestedTime=at))


def _emptied(*changes: Change) -> Evidence:
    """Return the evidence of one that is INCOMPLETE though nothing is left."""
    evidence = _incomplete(5, "TERMINATED")
    for change in changes:
        evidence = change(evidence)
    return evidence


def _busy(kind: str, until: int | None) -> Change:
    """Return what lets a job hold the server: until so many minutes before the end, or still."""

    def hold(evidence: Evidence) -> Evidence:
        def add(jobs: list[JobTruth]) -> list[JobTruth]:
            begun = evidence.now - timedelta(hours=2)
            ended = None if until is None else evidence.now - until * _MINUTE
            job = replace(jobs[0], job_id="drsjob-x", kind=kind, tags={})
            return [*jobs, replace(job, created_at=begun, ended_at=ended)]

        return with_jobs(evidence, add)

    return hold


def _answered(outcome: str, before: int, *instances: str) -> Change:
    """Return what lets DRS answer so to a call for these instances, or that one and these; so many
    minutes before the end.
    """

    def answer(evidence: Evidence) -> Evidence:
        (records,) = evidence.executions.values()
        ids = [termination_of(records)["recoveryInstanceId"], *instances]
        asked = {"recoveryInstanceIDs": ids}
        at = evidence.now - before * _MINUTE
        call = CallRecord(_ENDS, ACCOUNT, REGION, at, asked, outcome)
        return replace(evidence, calls=(*evidence.calls, call))

    return answer


def _kept_from_drs(code: str, before: int, operation: str = _ENDS, of: str | None = None) -> Change:
    """Return what lets another answer so in the place of DRS, so many minutes before the end."""

    def answer(evidence: Evidence) -> Evidence:
        labels = {"executionId": of or next(iter(evidence.executions))}
        call = Call(1, "drs", operation, "TerminateInstancesFunction", labels)
        refused = RefusedCall(call, evidence.now - before * _MINUTE, code)
        return replace(evidence, refused=(refused,))

    return answer


def _wrong(source: str, before: int) -> Change:
    """Return what lets something go wrong so many minutes before the end."""

    def go_wrong(evidence: Evidence) -> Evidence:
        at = evidence.now - before * _MINUTE
        return replace(
            evidence, wrong_in_clean_ups={name: {source: at} for name in evidence.executions}
        )

    return go_wrong


def _without_workflow(evidence: Evidence) -> Evidence:
    (records,) = evidence.executions.values()
    workflow = clean_up_of(records)["workflow"]
    return replace(evidence, runs={k: v for k, v in evidence.runs.items() if k != workflow})


def _stopped(evidence: Evidence) -> Evidence:
    (records,) = evidence.executions.values()
    workflow = clean_up_of(records)["workflow"]
    stopped = replace(evidence.runs[workflow], status="ABORTED")
    return replace(evidence, runs={**evidence.runs, workflow: stopped})


def _gave_up(evidence: Evidence) -> Evidence:
    """Return the same, as if "Check termination" had failed for good."""
    (records,) = evidence.executions.values()
    workflow = clean_up_of(records)["workflow"]
    asked = datetime.fromisoformat(clean_up_of(records)["requestedTime"])
    failing = replace(evidence.runs[workflow], started_at=asked)
    last = [
        HistoryEvent(evidence.now, "TaskStateEntered", "Check termination"),
        HistoryEvent(evidence.now, "TaskFailed", "KeyError"),
        HistoryEvent(evidence.now, "TaskStateEntered", "Finish clean-up"),
    ]
    failed = replace(failing, history=[*failing.history, *last])
    return replace(evidence, runs={**evidence.runs, workflow: failed})


def _beside(
    mode: str, *, ended: int | None = None, holds: bool = False, is_full: bool = False
) -> Change:
    """Return what lets another execution go on, or have ended so many minutes before the end: it
    `holds` the server, or waits for room in a place that `is_full`.
    """

    def go_on(evidence: Evidence) -> Evidence:
        (records,) = evidence.executions.values()
        other = deepcopy(records)
        end = {"endTime": (evidence.now - (ended or 0) * _MINUTE).isoformat()}
        other.header |= {"executionType": mode, **end}
        if ended is None:
            del other.header["endTime"]
        other.servers = other.servers if holds else {}
        for intent in other.intents.values():
            intent["firstSentTime"] = None if is_full else intent["firstSentTime"]
        other.clean_up, other.terminations = None, {}
        return replace(evidence, executions={**evidence.executions, "other": other})

    return go_on


def _untold(evidence: Evidence) -> Evidence:
    return replace(evidence, modes_are_told=False)


def _unlisted(evidence: Evidence) -> Evidence:
    return replace(evidence, jobs_lag=timedelta(days=1))


def _of_a_stranger(evidence: Evidence) -> Evidence:
    return with_jobs(evidence, lambda jobs: [replace(each, tags={}) for each in jobs])


def _of_a_recovery(evidence: Evidence) -> Evidence:
    return with_instances(evidence, lambda each: replace(each, is_drill=False))


def _from_before(evidence: Evidence) -> Evidence:
    return with_records(evidence, lambda r: clean_up_of(r).update(attempt=2))


def _same(evidence: Evidence) -> Evidence:
    return evidence


_LEFT = clean_ups.instances_are_left_for_a_cause
_INCOMPLETE = clean_ups.clean_ups_are_incomplete_for_a_cause
_CHECKS = "CheckTerminationFunction"
_RECONCILES = "ReconcileExecutionFunction"

BROKEN: dict[str, tuple[Check, Evidence]] = {
    "left at once": (_LEFT, _left()),
    "left after an hour, and nothing was in its way": (_LEFT, _left(_TOO_LONG)),
    "held, and given up before the hour was over": (_LEFT, _left(55, _busy("LAUNCH", None))),
    "held long before the end": (_LEFT, _left(_TOO_LONG, _busy("LAUNCH", 20))),
    "a lost request": (_LEFT, _left(5, _answered("LostRequest", 3))),
    "throttled": (_LEFT, _left(5, _answered("ThrottlingException", 3))),
    "throttled long before the end": (_LEFT, _left(_TOO_LONG, _answered("LostAnswer", 20))),
    "one of several was refused": (
        _LEFT,
        _left(5, _answered("AccessDeniedException", 3, "i-other")),
    ),
    "refused in an earlier attempt": (_LEFT, _left(5, _answered("AccessDeniedException", 6))),
    "kept from DRS in an earlier attempt": (_LEFT, _left(5, _kept_from_drs(_NOT_INITIALIZED, 6))),
    "another was kept from DRS": (_LEFT, _left(5, _kept_from_drs(_NOT_INITIALIZED, 3, of="other"))),
    "kept from looking": (_LEFT, _left(5, _kept_from_drs(_NOT_INITIALIZED, 3, "DescribeJobs"))),
    "throttled on the way": (_LEFT, _left(5, _kept_from_drs("ThrottlingException", 3))),
    "its workflow gave up by itself": (_LEFT, _left(5, _gave_up)),
    "its workflow gave up, and something was wrong before": (
        _LEFT,
        _left(5, _gave_up, _wrong(_CHECKS, 6)),
    ),
    "a call of it failed, and was repeated": (_LEFT, _left(5, _wrong(_CHECKS, 3))),
    "a call of somebody else failed": (_LEFT, _left(_TOO_LONG, _wrong(_RECONCILES, 3))),
    "nobody began it, and nothing was wrong": (_LEFT, _left(5, _without_workflow)),
    "another had held it": (_LEFT, _left(_TOO_LONG, _beside("DRILL", ended=20, holds=True))),
    "a drill waited for room": (_LEFT, _left(_TOO_LONG, _beside("DRILL", is_full=True))),
    "a recovery had found room": (_LEFT, _left(_TOO_LONG, _beside("RECOVERY"))),
    "refused, and it is the drill's": (_LEFT, _refused(_same)),
    "incomplete with nothing left": (_INCOMPLETE, _emptied()),
    "incomplete, for it gave up by itself": (_INCOMPLETE, _emptied(_gave_up)),
    "incomplete, for nobody began it": (_INCOMPLETE, _emptied(_without_workflow)),
}
FINE: dict[str, tuple[Check, Evidence]] = {
    "a clear no": (_LEFT, _left(5, _answered("AccessDeniedException", 3))),
    "kept from DRS": (_LEFT, _left(5, _kept_from_drs(_NOT_INITIALIZED, 3))),
    "stopped by hand": (_LEFT, _left(5, _stopped)),
    "its workflow met a fault": (_LEFT, _left(5, _gave_up, _wrong(_CHECKS, 3))),
    "its first call met a fault": (
        _LEFT,
        _left(5, _gave_up, _put_on_record_late, _wrong(_CHECKS, 3)),
    ),
    "nobody could begin it": (_LEFT, _left(5, _without_workflow, _wrong("request", 5))),
    "its job runs on": (_LEFT, _left(_TOO_LONG, _busy("TERMINATE", None))),
    "held until shortly before the end": (_LEFT, _left(_TOO_LONG, _busy("LAUNCH", 3))),
    "throttled until the end": (_LEFT, _left(_TOO_LONG, _answered("ThrottlingException", 3))),
    "nobody could ask": (_LEFT, _left(_TOO_LONG, _wrong(_CHECKS, 3))),
    "its role was refused": (_LEFT, _left(_TOO_LONG, _wrong(ROLES, 3))),
    "another held it": (_LEFT, _left(_TOO_LONG, _beside("DRILL", holds=True))),
    "a recovery waited for room": (_LEFT, _left(_TOO_LONG, _beside("RECOVERY", is_full=True))),
    "an earlier attempt left it": (_LEFT, _from_before(_left())),
    "DRS says nothing of modes": (_LEFT, _refused(_untold)),
    "its launch is not listed": (_LEFT, _refused(_unlisted)),
    "a stranger's": (_LEFT, _refused(_of_a_stranger)),
    "a recovery's": (_LEFT, _refused(_of_a_recovery)),
    "incomplete with something left": (_INCOMPLETE, _left()),
    "incomplete, for it was stopped": (_INCOMPLETE, _emptied(_stopped)),
    "incomplete, for Scheduler rested": (
        _INCOMPLETE,
        _emptied(_without_workflow, _wrong(SCHEDULES, 5)),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_left_for_nothing_is_seen(what: str) -> None:
    check, evidence = BROKEN[what]

    assert list(check(_tidied())) == []
    assert list(check(evidence))


@pytest.mark.parametrize("what", FINE)
def test_a_cause_to_leave_something_is_one(what: str) -> None:
    check, evidence = FINE[what]

    assert list(check(evidence)) == []
