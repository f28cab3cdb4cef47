"""Follow one job: write down what DRS says of its servers, and judge them when it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance
from drs_orchestrator.domain.verdict import judge, observe, vanished, without_instance
from drs_orchestrator.ports import Clock, DisasterRecovery, Executions, Ledgers

# How long a job may be missing from DescribeJobs, or an instance from DescribeRecoveryInstances,
# before that counts: DRS's lists lag behind its deeds.
_VANISHED_AFTER = timedelta(minutes=5)


class FollowJob:
    """A job that looks as it did at the last check costs no read and no write."""

    def __init__(self, executions: Executions, ledgers: Ledgers, clock: Clock) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._clock = clock

    def __call__(self, drs: DisasterRecovery, intent: Intent, job: Job | None) -> Intent:
        """Return the CONFIRMED intent as it is, or ENDED once every server has its verdict.

        `job` is what DescribeJobs shows of it; None: nothing.
        """
        job = job or self._vanished(drs, intent)
        if job is None or (job.is_active and job.digest == intent.job_digest):
            return intent
        servers = self._servers(intent)
        if job.is_active:
            self._save(intent, servers, [observe(server, job) for server in servers])
            return self._executions.save_intent(intent.changed(job_digest=job.digest))
        open_servers = [server for server in servers if server.verdict is None]
        judged = self._judge(drs, job, open_servers)
        self._save(intent, open_servers, judged)
        if any(server.verdict is None for server in judged):
            return intent
        return self._ledgers.release(
            intent.changed(
                status=IntentStatus.ENDED,
                job_start_time=job.creation_time,
                job_end_time=job.end_time,
            )
        )

    def _servers(self, intent: Intent) -> list[RecoveredServer]:
        ids = set(intent.source_server_ids)
        servers = self._executions.servers(intent.execution_id, intent.wave)
        return [s for s in servers if s.source_server_id in ids and s.place == intent.place]

    def _judge(
        self, drs: DisasterRecovery, job: Job, servers: Sequence[RecoveredServer]
    ) -> list[RecoveredServer]:
        """Return the servers with their verdicts, but for those whose instance may yet appear."""
        instances = _instances_of(job.job_id, drs, servers)
        now = self._clock.now()
        overdue = now > (job.end_time or now) + _VANISHED_AFTER
        judged: list[RecoveredServer] = []
        for server in servers:
            verdict = judge(server, job, instances)
            if verdict is None:
                verdict = without_instance(server, job) if overdue else observe(server, job)
            judged.append(verdict)
        return judged

    def _vanished(self, drs: DisasterRecovery, intent: Intent) -> Job | None:
        """Return a stand-in for a job that DRS shows no more, made from its instances."""
        sent = intent.sent_time or self._clock.now()
        if intent.job_id is None or self._clock.now() < sent + _VANISHED_AFTER:
            return None
        found = _instances_of(intent.job_id, drs, self._servers(intent))
        return vanished(intent.job_id, sent, list(found.values()))

    def _save(
        self, intent: Intent, before: Sequence[RecoveredServer], after: Sequence[RecoveredServer]
    ) -> None:
        changed = [new for old, new in zip(before, after, strict=True) if new != old]
        self._executions.save_servers(intent.execution_id, changed)


def _instances_of(
    job_id: str, drs: DisasterRecovery, servers: Sequence[RecoveredServer]
) -> dict[str, RecoveryInstance]:
    """Return the recovery instances that the job launched, by source server id."""
    found = drs.recovery_instances([server.source_server_id for server in servers])
    return {each.source_server_id: each for each in found if each.job_id == job_id}
