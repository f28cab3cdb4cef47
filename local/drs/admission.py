"""Whether StartRecovery and TerminateRecoveryInstances may begin; all or nothing.

The order of the checks (inferred): input, quota, existence and replication, conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from local.drs.errors import BUSY_SERVER, conflict, invalid, not_simulated, quota_exceeded
from local.drs.operations.context import Context
from local.drs.points_in_time import is_launchable, points_in_time
from local.drs.state import Document, Instance, Server

JOBS_QUOTA = "L-D88FAC3A"
SERVERS_PER_JOB_QUOTA = "L-B827C881"
SERVERS_IN_JOBS_QUOTA = "L-05AFA8C6"
TAGS_PER_RESOURCE = 50
_UNUSABLE_VOLUMES = frozenset(
    {"MISSING_VOLUME_ATTRIBUTES", "MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE", "PENDING"}
)


def admit_recovery(context: Context, requested: list[Document], tags: Mapping[str, str]) -> None:
    """Raise the DrsError that refuses a recovery of `requested` servers, if anything does."""
    server_ids = [request["sourceServerID"] for request in requested]
    _check_duplicates("sourceServers", server_ids)
    check_tags(tags)
    _check_quotas(context, len(server_ids))
    servers = [_known_server(context, server_id) for server_id in server_ids]
    for server, request in zip(servers, requested, strict=True):
        _check_recoverable(context, server, request.get("recoverySnapshotID"))
    _check_not_busy(context, servers)


def admit_termination(context: Context, instance_ids: list[str]) -> list[Instance]:
    """Return the instances to terminate, or raise the DrsError that refuses it."""
    _check_duplicates("recoveryInstanceIDs", instance_ids)
    _check_quotas(context, len(instance_ids))
    instances = [_known_instance(context, instance_id) for instance_id in instance_ids]
    _check_not_busy(
        context, [context.estate.servers[instance.source_server_id] for instance in instances]
    )
    return instances


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise a ValidationException for tags that no AWS resource can carry."""
    if len(tags) > TAGS_PER_RESOURCE:
        problem = f"at most {TAGS_PER_RESOURCE} tags a resource"
    elif any(key.lower().startswith("aws:") for key in tags):
        problem = "keys that begin with aws: are reserved"
    elif "" in tags:
        problem = "a key must not be empty"
    else:
        return
    raise invalid(f"Invalid request provided: Tags: {problem}", fields=[("tags", problem)])


def _check_duplicates(member: str, resource_ids: list[str]) -> None:
    twice = sorted({name for name in resource_ids if resource_ids.count(name) > 1})
    if twice:
        problem = f"listed more than once: {', '.join(twice)}"
        raise invalid(f"Invalid request body: {member}: {problem}", fields=[(member, problem)])


def _check_quotas(context: Context, servers: int) -> None:
    quotas = context.faults.quotas
    active = context.estate.active_jobs(context.now)
    if servers > quotas.servers_per_job:
        raise quota_exceeded(
            f"A job takes at most {quotas.servers_per_job} source servers, got {servers}",
            SERVERS_PER_JOB_QUOTA,
        )
    if len(active) >= quotas.jobs:
        raise quota_exceeded(f"{len(active)} jobs are in progress already", JOBS_QUOTA)
    in_jobs = sum(len(job.participants) for job in active)
    if in_jobs + servers > quotas.servers_in_jobs:
        raise quota_exceeded(
            f"{in_jobs} source servers are in jobs, {servers} more exceed {quotas.servers_in_jobs}",
            SERVERS_IN_JOBS_QUOTA,
        )


def _known_server(context: Context, server_id: str) -> Server:
    if server_id not in context.estate.servers:
        raise context.unknown("SOURCE_SERVER", server_id)
    return context.estate.servers[server_id]


def _known_instance(context: Context, instance_id: str) -> Instance:
    instance = context.estate.instances.get(instance_id)
    if instance is None or not instance.exists(context.now):
        raise context.unknown("RECOVERY_INSTANCE", instance_id)
    return instance


def _check_recoverable(context: Context, server: Server, snapshot_id: str | None) -> None:
    if not is_launchable(server):
        raise conflict(
            f"Source server {server.server_id} has no consistent recovery point: "
            f"its replication is {server.replication_state}",
            "SOURCE_SERVER",
            server.server_id,
        )
    unusable = sorted(_UNUSABLE_VOLUMES.intersection(server.volume_states))
    if unusable:
        raise conflict(
            f"Source server {server.server_id} has a volume in status {unusable[0]}",
            "SOURCE_SERVER",
            server.server_id,
        )
    into: Document = server.launch_configuration.get("launchIntoInstanceProperties") or {}
    if into.get("launchIntoEC2InstanceID"):
        raise not_simulated(f"a launch into an existing instance ({server.server_id})")
    if snapshot_id is not None and snapshot_id not in _usable_snapshots(context, server):
        raise context.unknown("RECOVERY_SNAPSHOT", snapshot_id)


def _usable_snapshots(context: Context, server: Server) -> set[str]:
    points = points_in_time(server, context.estate.region, context.now, context.behaviour)
    return {point.snapshot_id for point in points if point.taken_at <= context.now}


def _check_not_busy(context: Context, servers: Iterable[Server]) -> None:
    lag = timedelta(seconds=context.faults.lock_release_lag_seconds)
    for server in servers:
        job = context.estate.jobs[server.last_job_id] if server.last_job_id else None
        if job is not None and not job.has_ended(context.now - lag):
            raise conflict(BUSY_SERVER, "SOURCE_SERVER", server.server_id)
