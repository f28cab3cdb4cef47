"""Whose a server is (I1, I16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, Record

_FREED_WITHIN = timedelta(minutes=5)
# After a launch without an answer: the quiet period of 4 minutes, then the reconciler's next look.
_CLEAR_WITHIN = timedelta(minutes=7)
# DRS's lists lag: what it does not show at a look, within two minutes, counts as gone at the next
# one 5 minutes after that.
_GONE_WITHIN = timedelta(minutes=10)


def servers_are_locked(now: Evidence) -> Iterator[str]:
    """I1: an execution that is prepared and has not ended holds the lock of every server of its
    own; so two never may start, or have started, the same one.
    """
    for name, records in now.executions.items():
        if records.is_final or records.header.get("status") in {None, "PENDING"}:
            continue
        for server_id, server in records.servers.items():
            holder = now.locks.get((server["accountId"], server["region"], server_id))
            if holder != name:
                yield f"I1: {name} may run {server_id}, its lock is held by {holder}"


def locks_outlast_jobs(now: Evidence) -> Iterator[str]:
    """I1: while a job of ours runs, its servers are locked for its execution, ended or not."""
    for scope, job in now.our_launches():
        if job.ended_at is not None:
            continue
        name = job.tags["drsorc:execution"]
        for server in job.server_ids:
            holder = now.locks.get((*scope, server))
            if holder != name:
                yield f"I1: {job.job_id} of {name} runs {server}, its lock is held by {holder}"


def locks_have_owners(now: Evidence) -> Iterator[str]:
    """I16, I1: nothing is locked by an execution that ended 5 minutes ago, nor its jobs."""
    launching = _launching(now)
    for (_, _, server), holder in now.locks.items():
        records = now.executions.get(holder)
        if records is None:
            # Whoever begins has his record before his first lock.
            yield f"I16: {server} is locked by {holder}, of which nothing is on record"
        elif (
            records.is_final
            and server not in launching
            and now.now > _swept_since(now, records) + _FREED_WITHIN
        ):
            yield f"I16: {server} is locked by {holder}, which has ended"


def _swept_since(now: Evidence, records: ExecutionRecords) -> datetime:
    """Return since when nothing has kept the reconciler from freeing what an execution held.

    It comes again two minutes after a call of its own that was refused, or struck.
    """
    ended = datetime.fromisoformat(records.header["endTime"])
    return max(ended, now.last_swept_in_vain, now.last_refused)


def _launching(now: Evidence) -> set[str]:
    """Return the servers that are in a job, or were just now, or may be for all that is known.

    Of others' jobs, too: while one runs, a launch without an answer cannot be looked for.
    """
    in_jobs = _in_jobs(now, _FREED_WITHIN)
    unclear = [
        intent["sourceServerIds"]
        for records in now.executions.values()
        for intent in records.intents.values()
        if _is_unclear(intent, in_jobs, now.now) or _is_unlisted(intent, records, now)
    ]
    return in_jobs.union(*unclear)


def _in_jobs(now: Evidence, within: timedelta) -> set[str]:
    """Return the servers that are in a job, or were within that time."""
    return {
        server
        for truth in now.truths.values()
        for job in truth.jobs
        if job.ended_at is None or now.now < job.ended_at + within
        for server in job.server_ids
    }


def _is_unclear(intent: Record, in_jobs: set[str], now: datetime) -> bool:
    """Whether a launch was sent that may have had an effect, or was until just now.

    It is clear once no job runs that has one of its servers; only then all of them are freed.
    """
    if "sentTime" not in intent or "jobId" in intent:
        return False
    in_time = now < datetime.fromisoformat(intent["sentTime"]) + _CLEAR_WITHIN
    return in_time or bool(in_jobs & set(intent["sourceServerIds"]))


def _is_unlisted(intent: Record, records: ExecutionRecords, now: Evidence) -> bool:
    """Whether DRS does not list the launch's job, or its instances, as after a prompt clean-up.

    The product says so, and is believed for some minutes after the last job of those servers, or
    the execution, ended.
    """
    if not intent.get("unclearSince"):
        return False
    is_recent = not records.is_final or now.now < _swept_since(now, records) + _GONE_WITHIN
    return is_recent or bool(_in_jobs(now, _GONE_WITHIN) & set(intent["sourceServerIds"]))
