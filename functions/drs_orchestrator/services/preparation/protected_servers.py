"""Which servers must no launch touch, because a real recovery lives or is coming up on them?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from drs_orchestrator.domain.server import RecoveryInstance, SourceServer
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery
from drs_orchestrator.ports.time_and_names import Clock

# An instance may be listed this much later than its job ends.
_INSTANCE_LAG = timedelta(minutes=15)


def protected_servers(
    drs: DisasterRecovery, servers: Sequence[SourceServer], clock: Clock
) -> dict[str, str]:
    """Return what protects each protected one among the servers, in words, by its id.

    DRS keeps one recovery instance per server: a launch terminates the one before it, also when a
    drill follows a recovery. Protected is a live instance that DRS does not call a drill's, and a
    recovery that is still launching or whose instance may not be listed yet.

    `servers`: as DRS has just shown them.
    """
    protected = {
        each.source_server_id: f"runs as {each.recovery_instance_id}, {_whose(each)}"
        for each in drs.recovery_instances([each.source_server_id for each in servers])
        if each.is_live and each.is_drill is not True
    }
    recovered = {
        server.source_server_id: server.last_launch.job_id or ""
        for server in servers
        if server.source_server_id not in protected and _may_come_up(server)
    }
    jobs = drs.jobs({job_id for job_id in recovered.values() if job_id})
    for server_id, job_id in recovered.items():
        job = jobs.get(job_id)
        if job is None or (job.end_time and job.end_time < clock.now() - _INSTANCE_LAG):
            continue
        protected[server_id] = f"is being launched by the real recovery {job_id}"
    return dict(sorted(protected.items()))


def _whose(instance: RecoveryInstance) -> str:
    if instance.is_drill is None:
        return "a live instance of which DRS does not say whether it is a drill's"
    return "the live instance of a real recovery"


def _may_come_up(server: SourceServer) -> bool:
    launch = server.last_launch
    return launch.launch_type == "RECOVERY" and launch.status not in {"FAILED", "TERMINATED"}
