"""Nobody says of a server that it failed, or was not launched, without a cause (I7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from local.drs import JobTruth
from local.drs.state import Scope
from tests.simulation.evidence import Evidence, key_of
from tests.simulation.invariants.histories import was_broken_off
from tests.simulation.stored import ExecutionRecords, Record

_LETS_OTHERS_GO = {"COMPLETED", "PARTIAL"}
# From a look at a server to what is on record of it.
_LOOK = timedelta(minutes=5)


def failed_servers_have_a_cause(now: Evidence) -> Iterator[str]:
    """I7: a server is FAILED only if its launch was REFUSED, if a job did not bring it up, or if
    there was nothing to launch it from.
    """
    jobs = _jobs_of_servers(now)
    for name, records in now.executions.items():
        for server_id, server in records.servers.items():
            if server.get("verdict") != "FAILED":
                continue
            scope = Scope(server["accountId"], server["region"])
            launches = _launches_of(server, records)
            fell_short = any(
                _did_not_bring_up(now, scope, job, server_id)
                for job in jobs.get((name, server["wave"], scope, server_id), ())
                if _counts(server, int(job.tags["drsorc:attempt"]))
            )
            if not (
                fell_short
                or any(intent["status"] == "REFUSED" for intent in launches)
                or _has_nothing_to_launch(now, records, server)
                or _has_no_snapshot(records, server)
            ):
                yield f"I7: {server_id} of {name} is FAILED for nothing: {server.get('reason')}"


def launches_are_not_dropped(now: Evidence) -> Iterator[str]:
    """I7: a server is SKIPPED, and a launch ABANDONED, only where a person, a failure or the end of
    its execution closed the way of its wave.
    """
    for name, records in now.executions.items():
        dropped = {s["wave"]: s for s in records.servers.values() if s.get("verdict") == "SKIPPED"}
        dropped |= {i["wave"]: i for i in records.intents.values() if i["status"] == "ABANDONED"}
        for wave, record in dropped.items():
            if not _is_closed(now, name, records.waves[wave]):
                yield f"I7: {wave} of {name} left out launches for nothing: {record.get('reason')}"


def _jobs_of_servers(now: Evidence) -> dict[tuple[str, str, Scope, str], list[JobTruth]]:
    jobs: dict[tuple[str, str, Scope, str], list[JobTruth]] = {}
    for scope, job in now.our_launches():
        for server_id in job.server_ids:
            key = job.tags["drsorc:execution"], job.tags["drsorc:wave"], scope, server_id
            jobs.setdefault(key, []).append(job)
    return jobs


def _counts(server: Record, attempt: int) -> bool:
    """Whether what an attempt came to tells of the server: the last one does, and any before it if
    the server failed in one and was not launched again.
    """
    return attempt == server["attempt"] or (bool(server.get("earlier")) and "jobId" not in server)


def _launches_of(server: Record, records: ExecutionRecords) -> list[Record]:
    return [
        intent
        for intent in records.intents.values()
        if intent["wave"] == server["wave"]
        and (intent["accountId"], intent["region"]) == (server["accountId"], server["region"])
        and server["sourceServerId"] in intent["sourceServerIds"]
        and _counts(server, intent["attempt"])
    ]


def _did_not_bring_up(now: Evidence, scope: Scope, job: JobTruth, server_id: str) -> bool:
    """Whether the job has ended without the server, or its instance went before that was seen."""
    if job.ended_at is None:
        return False
    if job.launch_statuses.get(server_id) != "LAUNCHED":
        return True
    truth, seen = now.truths[scope], _seen_to_end(now, job)
    ends = {each.job_id: each.created_at for each in truth.jobs}
    return not any(
        instance.launched_by == job.job_id
        and instance.source_server_id == server_id
        and (instance.terminated_by is None or ends[instance.terminated_by] > seen)
        for instance in truth.instances
    )


def _seen_to_end(now: Evidence, job: JobTruth) -> datetime:
    return now.since.get(job.tags["drsorc:execution"], {}).get(key_of(job.tags), now.now)


def _has_nothing_to_launch(now: Evidence, records: ExecutionRecords, server: Record) -> bool:
    """Whether DRS could launch nothing of the server while its execution went on, or did not know
    it, or said so.
    """
    server_id = server["sourceServerId"]
    if server_id not in now.servers.get(Scope(server["accountId"], server["region"]), ()):
        return True
    begun = datetime.fromisoformat(records.header["startTime"]) - _LOOK
    end = records.header.get("endTime")
    ended = (datetime.fromisoformat(end) if end else now.now) + _LOOK
    spans = pairwise([*now.unlaunchable, (now.now, frozenset[str]())])
    return any(
        server_id in those and since <= ended and until >= begun
        for (since, those), (until, _) in spans
    )


def _has_no_snapshot(records: ExecutionRecords, server: Record) -> bool:
    """Whether it was to be launched as of a time of which DRS keeps nothing any more."""
    return bool(records.header.get("pointInTime")) and not server.get("snapshotId")


def _is_closed(now: Evidence, name: str, wave: Record) -> bool:
    records = now.executions[name]
    if records.is_called_off or wave["status"] == "CANCELLED":
        return True
    if any(wave.get(each) for each in ("skippedBy", "abortedBy", "rejectedBy", "failedAction")):
        return True
    dependencies = [records.waves[each] for each in wave["dependsOn"]]
    if any(
        each["status"] not in _LETS_OTHERS_GO and not each.get("skippedBy") for each in dependencies
    ):
        return True
    return was_broken_off(wave["name"], records, now.runs.get(name))
