"""What tests may know and no caller of the API can: every call, and what really exists."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from local.drs.state import Document, Estate, Instance, Job


@dataclass(frozen=True)
class CallRecord:
    """One call. `outcome` is `OK`, the error code, `LostRequest` or `LostAnswer`.

    `job_id` is the job that the call created, whatever the caller was told; `shown` are the
    recovery instances that its answer listed.
    """

    operation: str
    account_id: str
    region: str
    at: datetime
    params: Document
    outcome: str
    job_id: str | None = None
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobTruth:
    """A job as it is, visible or not; `server_ids` as requested, in that order."""

    job_id: str
    kind: str
    initiated_by: str
    is_drill: bool
    server_ids: tuple[str, ...]
    tags: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    launch_statuses: dict[str, str]


@dataclass(frozen=True)
class LaunchEnds:
    """A LAUNCH job, and when the launch of each server ended that has: `came_up`, `failed`."""

    job_id: str
    is_drill: bool
    is_over: bool
    came_up: dict[str, datetime]
    failed: dict[str, datetime]


@dataclass(frozen=True)
class InstanceTruth:
    """A recovery instance that came up; `live` until it is terminated or replaced.

    `state` is EC2's word: running, stopped, shutting-down or terminated. `shut_down_at`: when its
    end began, `terminated_at`: when it was over.
    """

    instance_id: str
    source_server_id: str
    is_drill: bool
    launched_by: str | None
    launched_at: datetime
    live: bool
    state: str
    terminated_by: str | None
    shut_down_at: datetime | None
    terminated_at: datetime | None


@dataclass(frozen=True)
class Truth:
    """One account and Region at one moment."""

    at: datetime
    jobs: tuple[JobTruth, ...]
    instances: tuple[InstanceTruth, ...]


def truth(estate: Estate, at: datetime) -> Truth:
    """Return what exists in `estate` at time `at`, in the order of creation."""
    return Truth(at, _jobs(estate, at), _instances(estate, at))


def launch_ends(estate: Estate, at: datetime, *, but: Container[str]) -> list[LaunchEnds]:
    """Return the LAUNCH jobs at time `at`, in the order of creation, `but` those of these ids."""
    return [
        LaunchEnds(
            job_id=job.job_id,
            is_drill=job.is_drill,
            is_over=job.has_ended(at),
            came_up=_ends(job, at, succeeded=True),
            failed=_ends(job, at, succeeded=False),
        )
        for job in estate.jobs.values()
        if job.kind == "LAUNCH" and job.job_id not in but
    ]


def _ends(job: Job, at: datetime, *, succeeded: bool) -> dict[str, datetime]:
    return {
        each.source_server_id: each.ended_at
        for each in job.participants
        if each.succeeded is succeeded and each.ended_at is not None and each.ended_at <= at
    }


def _jobs(estate: Estate, at: datetime) -> tuple[JobTruth, ...]:
    return tuple(
        JobTruth(
            job_id=job.job_id,
            kind=job.kind,
            initiated_by=job.initiated_by,
            is_drill=job.is_drill,
            server_ids=tuple(job.requested_server_ids),
            tags=dict(job.tags),
            created_at=job.created_at,
            started_at=_past(job.started_at, at),
            ended_at=_past(job.ended_at, at),
            launch_statuses={
                participant.source_server_id: participant.launch_status(at)
                for participant in job.participants
                if job.kind == "LAUNCH"
            },
        )
        for job in estate.jobs.values()
    )


def _instances(estate: Estate, at: datetime) -> tuple[InstanceTruth, ...]:
    return tuple(
        _instance(instance, at)
        for instance in estate.instances.values()
        if instance.launched_at <= at
    )


def _instance(instance: Instance, at: datetime) -> InstanceTruth:
    removal = instance.removal
    begun = removal if removal and removal.started_at <= at else None
    return InstanceTruth(
        instance_id=instance.instance_id,
        source_server_id=instance.source_server_id,
        is_drill=instance.is_drill,
        launched_by=instance.job_id,
        launched_at=instance.launched_at,
        live=instance.exists(at),
        state=instance.ec2_state(at).lower(),
        terminated_by=begun.job_id if begun else None,
        shut_down_at=begun.started_at if begun else None,
        terminated_at=_past(begun.ended_at, at) if begun else None,
    )


def _past(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None
