"""DescribeJobs and DescribeJobLogItems."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from local.drs.ids import digest
from local.drs.operations.context import Context
from local.drs.state import Document, Job, JobEvent, Participant
from local.drs.timestamps import stamp

# In a real log, endDateTime is this much before JOB_END.
_END_BEFORE_JOB_END = timedelta(seconds=0.026)


def describe_jobs(context: Context, params: Document) -> Document:
    """List jobs, newest first; unknown ids are left out."""
    filters: Document = params.get("filters") or {}
    jobs = [job for job in _asked(context, filters) if _is_visible(context, job)]
    jobs.sort(key=lambda job: job.sequence, reverse=True)
    return context.page(
        jobs,
        params,
        position=lambda job: job.sequence,
        view=lambda job: view_job(context, job),
        descending=True,
    )


def describe_job_log_items(context: Context, params: Document) -> Document:
    """List a job's log so far, oldest first; the log of an unknown job is empty."""
    job = context.estate.jobs.get(params["jobID"])
    known = job.events if job is not None and _is_visible(context, job) else []
    past = [(index, event) for index, event in enumerate(known) if event.at <= context.now]
    return context.page(
        past, params, position=lambda numbered: numbered[0], view=lambda pair: _log_item(pair[1])
    )


def view_job(context: Context, job: Job) -> Document:
    """Return `job` as DRS prints it now."""
    ended = {}
    if job.ended_at is not None and job.has_ended(context.now):
        ended["endDateTime"] = stamp(job.ended_at - _END_BEFORE_JOB_END)
    return {
        "jobID": job.job_id,
        "arn": context.arn("job", job.job_id),
        "type": job.kind,
        "initiatedBy": job.initiated_by,
        "status": job.status(context.now),
        "creationDateTime": stamp(job.created_at),
        **ended,
        "participatingServers": _participating_servers(context, job),
        "participatingResources": [],
        "tags": dict(job.tags),
    }


def _asked(context: Context, filters: Document) -> list[Job]:
    known = context.estate.jobs
    job_ids = filters.get("jobIDs")
    jobs = list(known.values())
    if job_ids:
        jobs = [known[job_id] for job_id in dict.fromkeys(job_ids) if job_id in known]
    earliest, latest = context.date(filters, "fromDate"), context.date(filters, "toDate")
    return [
        job
        for job in jobs
        if (earliest is None or job.created_at >= earliest)
        and (latest is None or job.created_at <= latest)
    ]


def _is_visible(context: Context, job: Job) -> bool:
    lag = timedelta(seconds=context.faults.job_visibility_lag_seconds)
    return job.created_at + lag <= context.now


def _participating_servers(context: Context, job: Job) -> list[Document]:
    if job.kind == "LAUNCH":
        return [
            {
                "sourceServerID": participant.source_server_id,
                "launchStatus": participant.launch_status(context.now),
                "launchActionsStatus": {"runs": []},
            }
            for participant in _in_listed_order(job)
        ]
    # Seen in real accounts: a completed TERMINATE job lists no servers.
    if job.has_ended(context.now) and not context.behaviour.list_terminated_servers:
        return []
    return [
        {
            "sourceServerID": participant.source_server_id,
            "launchStatus": "TERMINATED" if _is_over(participant, context) else "PENDING",
        }
        for participant in job.participants
    ]


def _is_over(participant: Participant, context: Context) -> bool:
    return participant.ended_at is not None and participant.ended_at <= context.now


def _in_listed_order(job: Job) -> list[Participant]:
    """Return the servers in an order that is neither the caller's nor sorted, as DRS does."""
    ids = tuple(participant.source_server_id for participant in job.participants)
    return [job.participants[place] for place in _listed_places(job.job_id, ids)]


@lru_cache(maxsize=1024)  # A job is asked for again and again while it runs.
def _listed_places(job_id: str, server_ids: tuple[str, ...]) -> tuple[int, ...]:
    """Return the places of a job's servers among those requested, as DRS lists them."""
    requested = range(len(server_ids))
    shuffled = sorted(requested, key=lambda place: digest(job_id, server_ids[place]))
    if shuffled == list(requested):
        shuffled = shuffled[1:] + shuffled[:1]
    return tuple(shuffled)


def _log_item(event: JobEvent) -> Document:
    return {"logDateTime": stamp(event.at), "event": event.name, "eventData": dict(event.data)}
