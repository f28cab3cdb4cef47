"""Follow one job: write down what DRS says of its servers, and judge them when it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance
from drs_orchestrator.domain.verdict import judge, observe, vanished, without_instance
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.metrics import Metrics
from drs_orchestrator.ports.time_and_names import Clock

# How long, and for how many looks, a job may be missing from DescribeJobs, or the instance of a
# launched server from DescribeRecoveryInstances, before that counts: DRS's lists lag behind.
_UNCLEAR_FOR = timedelta(minutes=5)
# A job that was never seen at all may merely be late: nothing is known of how late.
_UNSEEN_FOR = timedelta(hours=1)
_UNCLEAR_LOOKS = 3


class FollowJob:
    """A job that looks as it did at the last check costs no read and no write."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, metrics: Metrics, clock: Clock
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._metrics = metrics
        self._clock = clock

    def __call__(self, drs: DisasterRecovery, intent: Intent, job: Job | None) -> Intent:
        """Return the CONFIRMED intent as it is, or ENDED once every server has its verdict.

        `job` is what DescribeJobs shows of it; None: nothing.
        """
        if job and intent.job_digest is None and intent.sent_time:
            lag = self._clock.now() - intent.sent_time
            self._metrics.job_seen(intent.place, lag.total_seconds())
        if job and job.is_active:
            return self._observe(intent, job)
        overdue = self._is_overdue(intent)
        if job is None:
            if not overdue:
                return self._wait(intent, f"DRS does not list job {intent.job_id}")
            job = self._stand_in(drs, intent)
        servers = [server for server in self._servers(intent) if server.verdict is None]
        judged = self._judge(drs, job, servers, overdue=overdue)
        self._save(intent, servers, judged)
        intent = intent.changed(last_result_time=intent.last_result_time or self._clock.now())
        if any(server.verdict is None for server in judged):
            return self._wait(
                intent.changed(job_digest=job.digest),
                f"DRS does not list all instances of job {intent.job_id}",
            )
        return self._ledgers.release(
            intent.changed(
                status=IntentStatus.ENDED,
                reason=None,
                job_start_time=job.creation_time,
                job_end_time=job.end_time,
            )
        )

    def _observe(self, intent: Intent, job: Job) -> Intent:
        """Write down what a running job says of its servers, if it says anything new."""
        if job.digest == intent.job_digest and not (intent.reason or intent.unclear_since):
            return intent
        servers = self._servers(intent)
        self._save(intent, servers, [observe(server, job) for server in servers])
        now = self._clock.now()
        return self._executions.save_intent(
            intent.changed(
                job_digest=job.digest,
                first_result_time=intent.first_result_time or (now if job.has_results else None),
                last_result_time=intent.last_result_time or (now if job.is_closing else None),
                reason=None,
                unclear_since=None,
                unclear_looks=0,
            )
        )

    def _is_overdue(self, intent: Intent) -> bool:
        since = intent.unclear_since
        patience = _UNCLEAR_FOR if intent.job_digest else _UNSEEN_FOR
        waited = since is not None and self._clock.now() >= since + patience
        return waited and intent.unclear_looks >= _UNCLEAR_LOOKS

    def _wait(self, intent: Intent, reason: str) -> Intent:
        """Note another look at something that DRS does not show yet."""
        return self._executions.save_intent(
            intent.changed(
                reason=reason,
                unclear_since=intent.unclear_since or self._clock.now(),
                unclear_looks=intent.unclear_looks + 1,
            )
        )

    def _servers(self, intent: Intent) -> list[RecoveredServer]:
        ids = set(intent.source_server_ids)
        servers = self._executions.servers(intent.execution_id, intent.wave)
        return [
            server
            for server in servers
            # One that a RETRY has reopened is another job's.
            if (server.place, server.attempt) == (intent.place, intent.attempt)
            and server.source_server_id in ids
        ]

    def _judge(
        self,
        drs: DisasterRecovery,
        job: Job,
        servers: Sequence[RecoveredServer],
        *,
        overdue: bool,
    ) -> list[RecoveredServer]:
        """Return the servers with their verdicts, but for those whose instance may yet appear."""
        instances = _instances_of(job.job_id, drs, servers)
        judged: list[RecoveredServer] = []
        for server in servers:
            verdict = judge(server, job, instances)
            if verdict is None:
                verdict = without_instance(server, job) if overdue else observe(server, job)
            judged.append(verdict)
        return judged

    def _stand_in(self, drs: DisasterRecovery, intent: Intent) -> Job:
        """Return a stand-in for a job that DRS shows no more, made from its instances."""
        job_id, sent = intent.job_id or "", intent.sent_time or self._clock.now()
        found = _instances_of(job_id, drs, self._servers(intent))
        return vanished(job_id, sent, list(found.values()))

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
