"""Records and workflows agree, and a workflow is patient (I6, I14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from local.virtual.runs import Run
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import Visit, last_failure, visits
from tests.simulation.stored import ExecutionRecords

_CAME_UP = {"COMPLETED", "PARTIAL"}
# The error of "Execution failed", the workflow's own end after a verdict that is none of those.
_FAILED = "RecoveryFailed"
_TOLD_WITHIN = timedelta(seconds=120)
_SWEPT_WITHIN = timedelta(minutes=5)
# A start may come through late.
_BELIEVED_AFTER = timedelta(minutes=3)
# A look five minutes after its time, which may be tried again.
_PROMISES_KEPT_WITHIN = timedelta(minutes=10)
_RECORDS_FAILURE = "Record failure"
# Where a state goes when it is tried no more.
_GIVEN_UP = {_RECORDS_FAILURE, "Wave failed", "Finish execution", "Finish clean-up", ""}
# As often as a state is tried again, and how the faults are called that Lambda means to be so.
_TRIES = 31
_PASSING = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
}


def records_follow_their_workflow(now: Evidence) -> Iterator[str]:
    """I14: a workflow that ended, by itself or by hand, has a record with a verdict that fits:
    within 120 seconds by its event, within 5 minutes where events are lost.
    """
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or run.stopped_at is None or _fits(run, records):
            continue
        if now.now > _known_by(now, run.stopped_at, records):
            yield f"I14: {name} is {records.header.get('status')}, its workflow {run.status}"


def clean_ups_follow_their_workflow(now: Evidence) -> Iterator[str]:
    """I14: a clean-up whose workflow ended, or never began, does not say that it runs: within 120
    seconds by its event, within 5 minutes where events are lost.
    """
    for name, records in now.executions.items():
        clean_up = records.clean_up or {}
        if clean_up.get("status") != "RUNNING":
            continue
        run = now.runs.get(clean_up["workflow"])
        if run is not None and run.stopped_at is None:
            continue
        asked = datetime.fromisoformat(clean_up["requestedTime"])
        gone_at = max(asked, run.stopped_at) if run and run.stopped_at else asked + _BELIEVED_AFTER
        by_event = now.events_arrive and run is not None and gone_at > asked
        known_by = (
            gone_at + _TOLD_WITHIN
            if by_event
            else max(gone_at, now.last_swept_in_vain) + _SWEPT_WITHIN
        )
        if now.now > known_by:
            became = run.status if run else "was never started"
            yield f"I14: the clean-up of {name} is RUNNING, its workflow {became}"


def promised_clean_ups_begin(now: Evidence) -> Iterator[str]:
    """I14: a clean-up that was promised has begun some minutes after its time, or is on record as
    one that did not; unless whoever looks for it then met a fault.
    """
    for name, records in now.executions.items():
        if records.clean_up is not None or not records.header.get("cleanUpTime"):
            continue
        promised = datetime.fromisoformat(records.header["cleanUpTime"])
        if now.last_swept_in_vain < promised and now.now > promised + _PROMISES_KEPT_WITHIN:
            yield f"I14: the clean-up of {name} was promised for {promised}, nothing is on record"


def _known_by(now: Evidence, stopped_at: datetime, records: ExecutionRecords) -> datetime:
    """Return by when the end of a workflow must be on record."""
    # Somebody who began to finish it, and died, is left alone for a while first.
    was_begun = records.header.get("finishingTime") and not records.is_final
    if now.events_arrive and not was_begun:
        return stopped_at + _TOLD_WITHIN
    looks = 2 if was_begun else 1
    return max(stopped_at, now.last_swept_in_vain) + looks * _SWEPT_WITHIN


def _fits(run: Run, records: ExecutionRecords) -> bool:
    if run.status == "SUCCEEDED" or run.error == _FAILED:
        came_up = records.header.get("status") in _CAME_UP
        return records.is_final and (run.status == "SUCCEEDED") == came_up
    return records.is_final


def workflows_follow_their_record(now: Evidence) -> Iterator[str]:
    """I14: a record with its verdict is that of a workflow that ends, tried again as it may be."""
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or not run.is_running or not records.is_final:
            continue
        ended = datetime.fromisoformat(records.header["endTime"])
        last = last_failure(run) or run.started_at
        if now.now > max(ended, run.started_at, last) + _SWEPT_WITHIN:
            status = records.header["status"]
            yield f"I14: {name} is {status} since {ended}, its workflow runs"


def bells_decide_nothing(now: Evidence) -> Iterator[str]:
    """I14: a token that nobody rang in time is hung anew, and fails no wave."""
    for run, visit in _left(now):
        if visit.time_outs and not visit.failures and visit.following == _RECORDS_FAILURE:
            yield f"I14: in {run.name} a time-out of {visit.state!r} counted as a failure"


def passing_faults_pass(now: Evidence) -> Iterator[str]:
    """I6: what Lambda says is for now only, is tried again for half an hour before it counts."""
    for run, visit in _left(now):
        is_passing = visit.failures and visit.failures[-1].name in _PASSING
        if is_passing and visit.following in _GIVEN_UP and len(visit.failures) < _TRIES:
            last = visit.failures[-1].name
            yield f"I6: {run.name} gave {visit.state!r} up after {len(visit.failures)} x {last}"


def _left(now: Evidence) -> Iterator[tuple[Run, Visit]]:
    """Yield the states that were left, of all workflows and those of their waves."""
    for run in now.runs.values():
        for each in (run, *run.children):
            yield from ((each, visit) for visit in visits(each) if visit.following is not None)
