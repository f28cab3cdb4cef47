"""What is said of an execution follows from what became of its waves (I7), and what is promised
with its end is what its plan says (I14).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from local.virtual.runs import Run
from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords

_CAME_UP = {"COMPLETED", "PARTIAL"}
# The error of the workflow's own end, behind its verdict.
_FAILED = "RecoveryFailed"
_PROMISED_WITHIN = timedelta(minutes=5)


def executions_end_as_their_waves(now: Evidence) -> Iterator[str]:
    """I7: the verdict over an execution is that of its waves, unless somebody cancelled or aborted
    it, it overran its time, or its workflow ended before it had one.
    """
    for name, records in now.executions.items():
        if not records.is_final:
            continue
        status, run = records.header["status"], now.runs.get(name)
        allowed = {_by_waves(records), *_by_workflow(records, run, now.clocks_apart)}
        if status not in allowed:
            waves = {wave: record["status"] for wave, record in records.waves.items()}
            yield f"I7: {name} is {status}, its waves are {waves}: not one of {sorted(allowed)}"


def _by_waves(records: ExecutionRecords) -> str:
    header, ends = records.header, [wave["status"] for wave in records.waves.values()]
    if header.get("cancelledBy"):
        return "CANCELLED"
    if header.get("abortedBy"):
        return "FAILED"
    if ends and all(each == "COMPLETED" for each in ends):
        return "COMPLETED"
    if header.get("overranTime"):
        return "TIMED_OUT"
    return "PARTIAL" if any(each in _CAME_UP for each in ends) else "FAILED"


def _by_workflow(
    records: ExecutionRecords, run: Run | None, clocks_apart: timedelta
) -> Iterator[str]:
    """Yield what whoever finds the workflow dead makes of it, where it died before the verdict."""
    if records.header.get("cancelledBy"):
        return
    if run is None:
        yield "FAILED"
        return
    ended = datetime.fromisoformat(records.header["endTime"])
    if run.stopped_at is None or ended + clocks_apart < run.stopped_at or run.error == _FAILED:
        return
    if run.status != "SUCCEEDED":
        yield {"ABORTED": "CANCELLED", "TIMED_OUT": "TIMED_OUT"}.get(run.status, "FAILED")


def clean_ups_are_promised(now: Evidence) -> Iterator[str]:
    """I14: a drill whose plan says so is cleaned up so many minutes after its end, as its record
    promises a few minutes after that end; or the record says why nothing is promised.
    """
    for name, records in now.executions.items():
        header = records.header
        minutes = header.get("cleanUpAfterMinutes")
        if not (records.is_final and minutes and header["executionType"] == "DRILL"):
            if header.get("cleanUpTime"):
                yield f"I14: the clean-up of {name} is promised, which is not to be cleaned up"
            continue
        ended = datetime.fromisoformat(header["endTime"])
        if header.get("cleanUpTime"):
            promised = datetime.fromisoformat(header["cleanUpTime"])
            if promised != ended + timedelta(minutes=minutes):
                yield f"I14: the clean-up of {name} is promised for {promised}, it ended {ended}"
        elif not header.get("cleanUpProblem"):
            since = max(ended, now.last_struck, now.last_swept_in_vain)
            if now.now > since + _PROMISED_WITHIN and not records.clean_up:
                yield f"I14: no clean-up of {name} is promised, which ended {ended}"
