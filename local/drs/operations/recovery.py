"""StartRecovery."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.drs import ids
from local.drs.admission import admit_recovery
from local.drs.course import Launch
from local.drs.draws import Draws
from local.drs.faults import ServerFaultKind
from local.drs.operations.context import Context
from local.drs.operations.jobs import view_job
from local.drs.points_in_time import points_in_time
from local.drs.state import Document, Instance, Job, Removal, Server
from local.drs.timeline import Timeline, draw_timeline


def start_recovery(context: Context, params: Document) -> Document:
    """Create a LAUNCH job; without `isDrill` it is a real recovery. Not idempotent.

    A server that has a recovery instance loses it, even if a drill replaces a real recovery.
    """
    requested: list[Document] = params["sourceServers"]
    tags: dict[str, str] = dict(params.get("tags") or {})
    admit_recovery(context, requested, tags)
    sequence = context.next_sequence()
    launches = [_launch(context, request["sourceServerID"], sequence) for request in requested]
    listed = [launch for launch in launches if not launch.suffers(ServerFaultKind.MISSING)]
    timeline = draw_timeline(context.now, listed, context.behaviour)
    job = Job(
        job_id=context.new_id("drsjob", sequence),
        kind="LAUNCH",
        initiated_by="START_DRILL" if params.get("isDrill") else "START_RECOVERY",
        created_at=context.now,
        sequence=sequence,
        requested_server_ids=[request["sourceServerID"] for request in requested],
        participants=timeline.participants,
        events=timeline.events,
        started_at=timeline.started_at,
        ended_at=timeline.ended_at,
        tags=tags,
    )
    context.estate.jobs[job.job_id] = job
    snapshots = {
        request["sourceServerID"]: request.get("recoverySnapshotID") for request in requested
    }
    for launch in listed:
        server = context.estate.servers[launch.source_server_id]
        _replace_instance(context, server, job, timeline)
        _add_instance(context, job, launch, snapshots[launch.source_server_id])
        server.last_job_id = server.last_launch_job_id = job.job_id
    return {"job": view_job(context, job)}


def _launch(context: Context, server_id: str, sequence: int) -> Launch:
    server = context.estate.servers[server_id]
    server.attempts += 1
    configuration = server.launch_configuration
    return Launch(
        source_server_id=server_id,
        attempt=server.attempts,
        draws=Draws(context.seed, server_id, server.attempts),
        windows=server.is_windows,
        extra_disks=server.extra_disks,
        lag_seconds=server.lag_seconds,
        replaces_instance=context.estate.instance_of(server, context.now) is not None,
        fast=configuration.get("recoveryMode") == "FAST",
        starts_stopped=configuration.get("launchDisposition") == "STOPPED",
        conversion_server_id=ids.ec2_id("i", "conversion", context.seed, sequence, server_id),
        instance_id=ids.ec2_id("i", "recovery", context.seed, sequence, server_id),
        fault=context.faults.of_server(server_id, server.attempts),
    )


def _replace_instance(context: Context, server: Server, job: Job, timeline: Timeline) -> None:
    old = context.estate.instance_of(server, context.now)
    cleaned_up = timeline.cleaned_up.get(server.server_id)
    if old is not None and cleaned_up is not None:
        old.removal = Removal(job.job_id, *cleaned_up)


def _add_instance(context: Context, job: Job, launch: Launch, snapshot_id: str | None) -> None:
    """Add the instance that will exist from the launch's end on, if there is such an end."""
    server = context.estate.servers[launch.source_server_id]
    course = job.participant(launch.source_server_id)
    if course.ended_at is None or not course.succeeded:
        return
    context.estate.instances[launch.instance_id] = Instance(
        instance_id=launch.instance_id,
        source_server_id=launch.source_server_id,
        job_id=job.job_id,
        is_drill=job.is_drill,
        launched_at=course.ended_at,
        point_in_time=_point_in_time(context, server, snapshot_id),
        state_when_up="STOPPED" if launch.starts_stopped else "RUNNING",
        sequence=context.next_sequence(),
    )
    server.instance_ids.append(launch.instance_id)


def _point_in_time(context: Context, server: Server, snapshot_id: str | None) -> datetime:
    """Return the moment that is recovered: the pinned one, else the latest that replicated."""
    if snapshot_id is None:
        return context.now - timedelta(seconds=server.lag_seconds)
    points = points_in_time(server, context.estate.region, context.now, context.behaviour)
    return next(point.at for point in points if point.snapshot_id == snapshot_id)
