"""Reconcile a launch whose answer was lost: find its job, or prove that there is none."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import RUNNING_JOBS_HORIZON, Job
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock

logger = logging.getLogger(__name__)

# A look-up begins this much before the call, in case the clocks of DRS and Lambda differ.
_CLOCK_SKEW = timedelta(minutes=10)
# DRS may hold a server for some minutes after its job has ended.
_CONFLICTS_TO_BELIEVE = 3


class ReconcileLaunch:
    """Only "no such job", seen after the quiet period, proves that a call had no effect.

    Two witnesses must say so: the list of jobs, and the last launch that each server names. The
    second one convicts a job that the list does not show yet.
    """

    def __init__(
        self, executions: Executions, ledgers: Ledgers, clock: Clock, *, quiet_seconds: int
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._clock = clock
        self._quiet = timedelta(seconds=quiet_seconds)

    def __call__(self, drs: DisasterRecovery, intent: Intent) -> Intent:
        """Return the SENT intent CONFIRMED, as it is, GRANTED again, or REFUSED.

        As it is: within the quiet period, and while another job holds one of its servers; it keeps
        its room then, to be the next, until its wave ends. REFUSED:
        DRS keeps refusing servers that no job holds, for example because one is disconnected.
        """
        now = self._clock.now()
        sent = intent.sent_time or now
        jobs = drs.jobs_since(min(sent - _CLOCK_SKEW, now - RUNNING_JOBS_HORIZON))
        job = _ours(intent, jobs)
        if job:
            return self._adopt(intent, job)
        if now < sent + self._quiet:
            return intent
        named = _named_by_servers(drs, intent, sent - _CLOCK_SKEW) - {job.job_id for job in jobs}
        unlisted = drs.jobs(named) if named else {}
        job = _ours(intent, list(unlisted.values()))
        if job:
            return self._adopt(intent, job)
        unseen = _unseen(named - unlisted.keys())
        busy = unseen or _busy(intent, [*jobs, *unlisted.values()])
        if busy:
            waiting = intent.changed(reason=busy, conflicts=0, had_no_effect=not unseen)
            return intent if waiting == intent else self._executions.save_intent(waiting)
        if intent.conflicts >= _CONFLICTS_TO_BELIEVE:
            return self._ledgers.release(intent.changed(status=IntentStatus.REFUSED))
        logger.warning("launch of %s had no effect; it may be sent again", intent.key)
        return self._executions.save_intent(intent.granted_again(sent, intent.reason))

    def _adopt(self, intent: Intent, job: Job) -> Intent:
        logger.info("adopted job %s of %s", job.job_id, intent.key)
        return self._ledgers.confirm(intent.changed(job_id=job.job_id, reason=None))


def _ours(intent: Intent, jobs: Sequence[Job]) -> Job | None:
    """Return the job that carries the intent's tags."""
    return next((job for job in jobs if intent.tags.items() <= job.tags.items()), None)


def _named_by_servers(drs: DisasterRecovery, intent: Intent, since: datetime) -> set[str]:
    """Return the jobs that the intent's servers name as their last launch, unless older."""
    launches = [server.last_launch for server in drs.source_servers(intent.source_server_ids)]
    return {
        launch.job_id
        for launch in launches
        if launch.job_id and (launch.initiated_time is None or launch.initiated_time >= since)
    }


def _unseen(job_ids: Collection[str]) -> str | None:
    """Return in words which job DRS names but does not show."""
    if not job_ids:
        return None
    return f"DRS names job {min(job_ids)} as the last launch, but does not show it yet"


def _busy(intent: Intent, jobs: Sequence[Job]) -> str | None:
    """Return which server of the intent a running job holds, in words."""
    for job in jobs:
        held = job.launch_status.keys() & set(intent.source_server_ids)
        if job.is_active and held:
            return f"waits for job {job.job_id}, which holds {min(held)}"
    return None
