"""Reconcile a launch whose answer was lost: find its job, or prove that there is none."""

from __future__ import annotations

import logging
from datetime import timedelta

from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.ports import Clock, DisasterRecovery, Executions, Ledgers

logger = logging.getLogger(__name__)

# A look-up begins this much before the call, in case the clocks of DRS and Lambda differ.
_CLOCK_SKEW = timedelta(minutes=10)


class ReconcileLaunch:
    """Only "no such job", seen after the quiet period, proves that a call had no effect."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, clock: Clock, *, quiet_seconds: int
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._clock = clock
        self._quiet = timedelta(seconds=quiet_seconds)

    def __call__(self, drs: DisasterRecovery, intent: Intent) -> Intent:
        """Return the SENT intent CONFIRMED, as it is, or GRANTED again for another launch."""
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
