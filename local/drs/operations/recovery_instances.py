"""DescribeRecoveryInstances."""

from __future__ import annotations

from datetime import timedelta

from local.drs.operations.context import Context
from local.drs.state import Document, Instance, Server
from local.drs.timestamps import stamp


def describe_recovery_instances(context: Context, params: Document) -> Document:
    """List recovery instances; an empty or absent filter matches all."""
    filters: Document = params.get("filters") or {}
    instances = [
        instance
        for instance in context.estate.instances.values()
        if is_listed(context, instance) and _matches(instance, filters)
    ]
    return context.page(
        instances,
        params,
        position=lambda instance: instance.sequence,
        view=lambda instance: _view(context, instance),
    )


def is_listed(context: Context, instance: Instance) -> bool:
    """Return whether the lists show `instance` now."""
    lag = timedelta(seconds=context.faults.instance_visibility_lag_seconds)
    if instance.launched_at + lag > context.now:
        return False
    lingers = timedelta(seconds=context.behaviour.terminated_instance_lingers_seconds)
    return not instance.is_gone(context.now - lingers)


def _matches(instance: Instance, filters: Document) -> bool:
    instance_ids = filters.get("recoveryInstanceIDs")
    server_ids = filters.get("sourceServerIDs")
    if instance_ids and instance.instance_id not in instance_ids:
        return False
    return not server_ids or instance.source_server_id in server_ids


def _view(context: Context, instance: Instance) -> Document:
    server = context.estate.servers[instance.source_server_id]
    cloud: Document = server.document.get("sourceCloudProperties") or {}
    from_aws = bool(cloud.get("originRegion"))
    optional = {
        "isDrill": None if context.faults.is_drill_left_out else instance.is_drill,
        "jobID": instance.job_id,
        "originAvailabilityZone": cloud.get("originAvailabilityZone"),
        "agentVersion": server.document.get("agentVersion"),
    }
    return {
        "recoveryInstanceID": instance.instance_id,
        "ec2InstanceID": instance.instance_id,
        "ec2InstanceState": instance.ec2_state(context.now),
        "sourceServerID": instance.source_server_id,
        "arn": context.arn("recovery-instance", instance.instance_id),
        "tags": dict(instance.tags),
        "pointInTimeSnapshotDateTime": stamp(instance.point_in_time),
        "originEnvironment": "AWS" if from_aws else "ON_PREMISES",
        "failback": {
            "state": "FAILBACK_NOT_READY_FOR_LAUNCH" if from_aws else "FAILBACK_NOT_STARTED"
        },
        "dataReplicationInfo": {"dataReplicationState": "NOT_STARTED"},
        "recoveryInstanceProperties": _properties(server, instance),
        **{name: value for name, value in optional.items() if value not in {None, ""}},
    }


def _properties(server: Server, instance: Instance) -> Document:
    source: Document = server.document.get("sourceProperties") or {}
    hints = {**(source.get("identificationHints") or {}), "awsInstanceID": instance.instance_id}
    copied: Document = {name: source[name] for name in ("cpus", "os", "ramBytes") if name in source}
    return {
        "lastUpdatedDateTime": stamp(instance.launched_at),
        "identificationHints": hints,
        **copied,
    }
