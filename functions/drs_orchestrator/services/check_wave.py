"""Check the recovery of a wave: what DRS says of its jobs, and what that makes of its servers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import (
    Place,
    RecoveredServer,
    RecoveryInstance,
    ServerVerdict,
)
from drs_orchestrator.domain.verdict import judge, observe, vanished, without_instance
from drs_orchestrator.domain.wave import CAPACITY_HOLD_SECONDS, Next, Step
from drs_orchestrator.ports import (
    Clock,
    DisasterRecovery,
    DisasterRecoverySites,
    Executions,
    Ledgers,
)
from drs_orchestrator.services.admission import Admission

logger = logging.getLogger(__name__)

# A look-up begins this much before the call, in case the clocks of DRS and Lambda differ.
_CLOCK_SKEW = timedelta(minutes=10)
# How long a confirmed job may be missing from DescribeJobs before its instances decide.
_VANISHED_AFTER = timedelta(minutes=5)


class CheckWave:
    """One DescribeJobs for all running chunks of one account and Region."""

    def __init__(
        self,
        executions: Executions,
        ledgers: Ledgers,
        sites: DisasterRecoverySites,
        admission: Admission,
        clock: Clock,
        *,
        quiet_seconds: int,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._sites = sites
        self._admission = admission
        self._clock = clock
        self._quiet = timedelta(seconds=quiet_seconds)

    def __call__(self, execution_id: str, wave: str) -> Step:
        """Look once and say what the workflow does next."""
        intents = self._executions.intents(execution_id, wave)
        servers = {s.source_server_id: s for s in self._executions.servers(execution_id, wave)}
        running = [intent for intent in intents if intent.status.may_have_job]
        for place in sorted({intent.place for intent in running}):
            self._look(place, [i for i in running if i.place == place], servers)
        return _answer(
            self._executions.intents(execution_id, wave),
            self._executions.servers(execution_id, wave),
        )

    def _look(
        self, place: Place, intents: Sequence[Intent], servers: Mapping[str, RecoveredServer]
    ) -> None:
        drs = self._sites.at(place)
        known = [self._reconcile(drs, i) if i.job_id is None else i for i in intents]
        confirmed = {intent.job_id: intent for intent in known if intent.job_id}
        jobs = drs.jobs(confirmed)
        ended = False
        for job_id, intent in confirmed.items():
            of_intent = [servers[each] for each in intent.source_server_ids]
            ended |= self._follow(drs, intent, jobs.get(job_id), of_intent)
        if ended:
            self._admission.pump(place)

    def _reconcile(self, drs: DisasterRecovery, intent: Intent) -> Intent:
        """Find the job of a launch whose answer was lost; after the quiet period, allow another.

        Only "no such job, seen after the quiet period" proves that the call had no effect.
        """
        now = self._clock.now()
        sent = intent.sent_time or now
        for job in drs.jobs_since(sent - _CLOCK_SKEW):
            if intent.tags.items() <= job.tags.items():
                logger.info("adopted job %s of %s", job.job_id, intent.key)
                return self._ledgers.confirm(intent.changed(job_id=job.job_id))
        if now < sent + self._quiet:
            return intent
        logger.warning("launch of %s had no effect; it may be sent again", intent.key)
        return self._executions.save_intent(intent.changed(status=IntentStatus.GRANTED))

    def _follow(
        self,
        drs: DisasterRecovery,
        intent: Intent,
        job: Job | None,
        servers: Sequence[RecoveredServer],
    ) -> bool:
        """Write down what the job says; return whether it has ended and given its room back."""
        if job is None:
            job = self._vanished(drs, intent)
        if job is None:
            return False
        if job.is_active:
            self._save(intent, servers, [observe(server, job) for server in servers])
            return False
        judged = self._judge(drs, job, [s for s in servers if s.verdict is None])
        self._save(intent, servers, judged)
        if any(server.verdict is None for server in judged):
            return False
        self._ledgers.release(
            intent.changed(
                status=IntentStatus.ENDED,
                job_start_time=job.creation_time,
                job_end_time=job.end_time,
            )
        )
        return True

    def _judge(
        self, drs: DisasterRecovery, job: Job, servers: Sequence[RecoveredServer]
    ) -> list[RecoveredServer]:
        instances = _instances_of(job.job_id, drs, servers)
        now = self._clock.now()
        due = (job.end_time or now) + _VANISHED_AFTER
        judged: list[RecoveredServer] = []
        for server in servers:
            verdict = judge(server, job, instances)
            if verdict is None:
                verdict = without_instance(server, job) if now > due else observe(server, job)
            judged.append(verdict)
        return judged

    def _vanished(self, drs: DisasterRecovery, intent: Intent) -> Job | None:
        """Return a stand-in for a job that DRS shows no more, made from its instances."""
        sent = intent.sent_time or self._clock.now()
        if intent.job_id is None or self._clock.now() < sent + _VANISHED_AFTER:
            return None
        found = [
            instance
            for instance in drs.recovery_instances(intent.source_server_ids)
            if instance.job_id == intent.job_id
        ]
        return vanished(intent.job_id, sent, found)

    def _save(
        self,
        intent: Intent,
        before: Sequence[RecoveredServer],
        after: Sequence[RecoveredServer],
    ) -> None:
        self._executions.save_servers(
            intent.execution_id, [server for server in after if server not in before]
        )


def _instances_of(
    job_id: str, drs: DisasterRecovery, servers: Sequence[RecoveredServer]
) -> dict[str, RecoveryInstance]:
    """Return the recovery instances that the job launched, by source server id."""
    found = drs.recovery_instances([server.source_server_id for server in servers])
    return {each.source_server_id: each for each in found if each.job_id == job_id}


def _answer(intents: Sequence[Intent], servers: Sequence[RecoveredServer]) -> Step:
    """Return the next step: what is granted goes first, what runs is awaited."""
    statuses = {intent.status for intent in intents}
    if IntentStatus.GRANTED in statuses:
        return Step(next=Next.START, wait_seconds=0)
    if any(status.may_have_job for status in statuses):
        return Step(next=Next.WAIT)
    if not all(status.is_final for status in statuses):
        return Step(next=Next.HOLD, wait_seconds=CAPACITY_HOLD_SECONDS)
    begun = statuses != {IntentStatus.ABANDONED}
    recovered = all(server.verdict is ServerVerdict.LAUNCHED for server in servers)
    return Step(next=Next.FAIL if begun and not recovered else Next.COMPLETE, wait_seconds=0)
