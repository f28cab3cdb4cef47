"""DRS's answers as domain models. Members that DRS omits stay unknown, never become a default."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.server import LastLaunch, Place, RecoveryInstance, SourceServer

if TYPE_CHECKING:
    from types_boto3_drs.type_defs import (
        JobTypeDef,
        RecoveryInstanceTypeDef,
        RecoverySnapshotTypeDef,
        SourceServerTypeDef,
        StartRecoveryRequestSourceServerTypeDef,
    )


def source_server(item: SourceServerTypeDef, place: Place) -> SourceServer:
    """Return a source server of the place that was asked."""
    replication = item.get("dataReplicationInfo", {})
    hints = item.get("sourceProperties", {}).get("identificationHints", {})
    return SourceServer(
        source_server_id=item["sourceServerID"],
        account_id=place.account_id,
        region=place.region,
        hostname=hints.get("hostname") or hints.get("fqdn"),
        tags=item.get("tags", {}),
        replication_state=replication.get("dataReplicationState"),
        volume_states=sorted(
            {
                disk["volumeStatus"]
                for disk in replication.get("replicatedDisks", [])
                if "volumeStatus" in disk
            }
        ),
        lag_duration=replication.get("lagDuration"),
        last_launch_result=item.get("lastLaunchResult"),
        last_launch=_last_launch(item),
    )


def _last_launch(item: SourceServerTypeDef) -> LastLaunch:
    launch = item.get("lifeCycle", {}).get("lastLaunch", {})
    initiated = launch.get("initiated", {})
    called = initiated.get("apiCallDateTime")
    return LastLaunch(
        launch_type=initiated.get("type"),
        status=launch.get("status"),
        job_id=initiated.get("jobID"),
        initiated_time=datetime.fromisoformat(called) if called else None,
    )


def job(item: JobTypeDef) -> Job:
    """Return a job; participating servers come in no order, so they are keyed by id."""
    end = item.get("endDateTime")
    servers = item.get("participatingServers", [])
    return Job(
        job_id=item["jobID"],
        status=item.get("status", "UNKNOWN"),
        kind=item.get("type"),
        creation_time=datetime.fromisoformat(item["creationDateTime"]),
        end_time=datetime.fromisoformat(end) if end else None,
        launch_status={each["sourceServerID"]: each.get("launchStatus", "") for each in servers},
        tags=item.get("tags", {}),
    )


def recovery_instance(item: RecoveryInstanceTypeDef) -> RecoveryInstance:
    """Return a recovery instance."""
    return RecoveryInstance(
        recovery_instance_id=item["recoveryInstanceID"],
        ec2_instance_id=item.get("ec2InstanceID"),
        source_server_id=item["sourceServerID"],
        job_id=item.get("jobID"),
        is_drill=item.get("isDrill"),
        ec2_instance_state=item.get("ec2InstanceState"),
    )


def recovery_snapshot(item: RecoverySnapshotTypeDef) -> RecoverySnapshot:
    """Return a complete recovery snapshot."""
    return RecoverySnapshot(
        snapshot_id=item["snapshotID"], timestamp=datetime.fromisoformat(item["timestamp"])
    )


def launch_of(server_id: str, snapshot_id: str | None) -> StartRecoveryRequestSourceServerTypeDef:
    """Return the request for one server; without a snapshot DRS takes the latest state."""
    if snapshot_id is None:
        return {"sourceServerID": server_id}
    return {"sourceServerID": server_id, "recoverySnapshotID": snapshot_id}
