"""Success is per server: what a job's report and DRS's instances say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from drs_orchestrator.domain.intent import NOT_ITS_TURN, Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.recovery_plan import MinimumPercent, SuccessPolicy, SuccessRule
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance, ServerVerdict
from drs_orchestrator.domain.wave import WaveStatus


def observe(server: RecoveredServer, job: Job) -> RecoveredServer:
    """Return the server with DRS's own word for it; a silent job changes nothing."""
    status = job.launch_status.get(server.source_server_id, server.launch_status)
    return server.changed(launch_status=status, job_id=job.job_id)


def judge(
    server: RecoveredServer, job: Job, instances: Mapping[str, RecoveryInstance]
) -> RecoveredServer | None:
    """Return the server with its verdict after the job has ended, or None: look again.

    `instances` holds the recovery instance of this job by source server id. A job's end says
    nothing of its servers, a server missing from the job counts as failed, and a launch without a
    live instance is none. DRS may show the instance a little later than the end of the job, hence
    "look again".
    """
    status = job.launch_status.get(server.source_server_id)
    if status != "LAUNCHED":
        said = f"DRS reports {status}" if status else "the job does not list the server"
        return _failed(server, status, job, f"{said} in job {job.job_id}; see its job log in DRS")
    instance = instances.get(server.source_server_id)
    if instance is None:
        return None
    if not instance.is_live:
        return _failed(
            server,
            status,
            job,
            f"launched, but {instance.recovery_instance_id} is {instance.ec2_instance_state}",
        )
    return server.changed(
        launch_status=status,
        job_id=job.job_id,
        recovery_instance_id=instance.recovery_instance_id,
        ec2_instance_id=instance.ec2_instance_id,
        verdict=ServerVerdict.LAUNCHED,
        end_time=job.end_time,
    )


def without_instance(server: RecoveredServer, job: Job) -> RecoveredServer:
    """Return the verdict on a launched server whose instance DRS does not show in due time."""
    return _failed(
        server,
        server.launch_status,
        job,
        f"DRS reports LAUNCHED in job {job.job_id} but shows no recovery instance of it",
    )


def judge_unsent(
    server: RecoveredServer, intent: Intent | None, *, has_ended: bool
) -> RecoveredServer:
    """Return the server with its verdict if its launch was refused, abandoned or, in a wave that
    has ended, never prepared, else as it is; `intent`: its latest.

    One that failed before, and was not launched again, has failed still.
    """
    if server.verdict:
        return server
    if intent is None or intent.attempt < server.attempt:
        # "Prepare execution", or a RETRY that took its verdict back, did not come to its end; or
        # that RETRY is at work at this moment, in a wave that goes on.
        return _not_launched(server, NOT_ITS_TURN) if has_ended else server
    match intent.status:
        case IntentStatus.REFUSED:
            return server.changed(verdict=ServerVerdict.FAILED, reason=intent.reason)
        case IntentStatus.ABANDONED:
            return _not_launched(server, intent.reason)
        case _:
            return server


def vanished(job_id: str, time: datetime, instances: Sequence[RecoveryInstance]) -> Job:
    """Return a stand-in for a job that DRS lists no more: its instances are what it launched."""
    return Job(
        job_id=job_id,
        status="COMPLETED",
        creation_time=time,
        launch_status={instance.source_server_id: "LAUNCHED" for instance in instances},
    )


def judge_wave(
    servers: Sequence[RecoveredServer], policy: SuccessPolicy
) -> tuple[WaveStatus, str | None]:
    """Return the verdict over a wave whose servers all have theirs, and why it is not COMPLETED."""
    if not servers:
        # "Prepare execution" died before it had written them.
        return WaveStatus.FAILED, "no server of it is on record"
    short = [server for server in servers if not (server.verdict and server.verdict.is_up)]
    if not short:
        return WaveStatus.COMPLETED, None
    first = min(short, key=lambda server: (not server.is_critical, server.source_server_id))
    reason = (
        f"{len(short)} of {len(servers)} servers failed, "
        f"first {first.source_server_id}: {first.reason}"
    )
    came_up = len(servers) - len(short)
    match policy:
        case MinimumPercent():
            enough = came_up * 100 >= policy.minimum_percent * len(servers)
        case SuccessRule.CRITICAL:
            enough = not first.is_critical
        case _:
            enough = False
    return (WaveStatus.PARTIAL if enough and came_up else WaveStatus.FAILED), reason


def unhealthy(servers: Sequence[RecoveredServer]) -> str | None:
    """Return which launched servers are not verified to be healthy, in words; None: all are."""
    launched = [s for s in servers if s.verdict and s.verdict.is_up]
    short = [s for s in launched if s.verdict is not ServerVerdict.VERIFIED]
    if not short:
        return None
    first = short[0]
    return (
        f"{len(short)} of {len(launched)} launched servers are not healthy, "
        f"first {first.source_server_id}: {first.health or 'not checked'}"
    )


def _not_launched(server: RecoveredServer, why: str | None) -> RecoveredServer:
    if server.earlier:
        reason = f"{server.earlier}; not launched again: {why}"
        return server.changed(verdict=ServerVerdict.FAILED, reason=reason)
    return server.changed(verdict=ServerVerdict.SKIPPED, reason=why)


def _failed(server: RecoveredServer, status: str | None, job: Job, reason: str) -> RecoveredServer:
    return server.changed(
        launch_status=status,
        job_id=job.job_id,
        verdict=ServerVerdict.FAILED,
        reason=reason,
        end_time=job.end_time,
    )
