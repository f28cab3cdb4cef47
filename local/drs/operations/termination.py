"""TerminateRecoveryInstances."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.drs.admission import admit_termination
from local.drs.draws import Draws
from local.drs.faults import Phase, ServerFault, ServerFaultKind
from local.drs.operations.context import Context
from local.drs.operations.jobs import view_job
from local.drs.state import Document, Instance, Job, JobEvent, Participant, Removal


def terminate_recovery_instances(context: Context, params: Document) -> Document:
    """Create a TERMINATE job. Nothing protects a real recovery: drills and recoveries go alike."""
    instances = admit_termination(context, params["recoveryInstanceIDs"])
    sequence = context.next_sequence()
    lead = min(instances, key=lambda instance: instance.source_server_id)
    started_at = context.now + timedelta(seconds=_draws(context, lead).job_start())
    ends = {
        instance.source_server_id: _terminated_at(context, instance, started_at)
        for instance in instances
    }
    ended_at = _job_end(context, ends, lead)
    job = Job(
        job_id=context.new_id("drsjob", sequence),
        kind="TERMINATE",
        initiated_by="TERMINATE_RECOVERY_INSTANCES",
        created_at=context.now,
        sequence=sequence,
        requested_server_ids=list(ends),
        participants=[
            Participant(server_id, context.estate.servers[server_id].attempts, None, end, True)
            for server_id, end in ends.items()
        ],
        events=[
            JobEvent(started_at, "JOB_START", {}),
            *([JobEvent(ended_at, "JOB_END", {})] if ended_at else []),
        ],
        started_at=started_at,
        ended_at=ended_at,
    )
    context.estate.jobs[job.job_id] = job
    for instance in instances:
        instance.removal = Removal(job.job_id, started_at, ends[instance.source_server_id])
        context.estate.servers[instance.source_server_id].last_job_id = job.job_id
    return {"job": view_job(context, job)}


def _terminated_at(context: Context, instance: Instance, started_at: datetime) -> datetime | None:
    """Return when the instance is gone, None if a fault holds it for ever."""
    fault = _stuck_in_termination(context, instance)
    if fault is not None and fault.seconds is None:
        return None
    delay = fault.seconds if fault is not None and fault.seconds is not None else 0.0
    return started_at + timedelta(seconds=_draws(context, instance).termination() + delay)


def _stuck_in_termination(context: Context, instance: Instance) -> ServerFault | None:
    server = context.estate.servers[instance.source_server_id]
    fault = context.faults.of_server(server.server_id, server.attempts)
    stuck = fault is not None and fault.kind is ServerFaultKind.STUCK
    return fault if stuck and fault and fault.phase is Phase.TERMINATION else None


def _job_end(context: Context, ends: dict[str, datetime | None], lead: Instance) -> datetime | None:
    known = [end for end in ends.values() if end is not None]
    if len(known) < len(ends):
        return None
    return max(known) + timedelta(seconds=_draws(context, lead).job_end())


def _draws(context: Context, instance: Instance) -> Draws:
    attempt = context.estate.servers[instance.source_server_id].attempts
    return Draws(context.seed, instance.source_server_id, attempt)
