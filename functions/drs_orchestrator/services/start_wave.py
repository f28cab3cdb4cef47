"""Start the recovery of a wave: one StartRecovery for each chunk that has room, sent once."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import (
    DrsThrottled,
    ExecutionClosed,
    ExecutionPaused,
    LaunchRefused,
    OutcomeUnknown,
    QuotaExceeded,
)
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.wave import CHECK_INTERVAL_SECONDS, Next, Step, WaveStatus
from drs_orchestrator.ports import Clock, DisasterRecoverySites, Executions, Ledgers
from drs_orchestrator.services.protected_instances import protected_instances

logger = logging.getLogger(__name__)

_NOT_ENDED = {WaveStatus.PENDING, WaveStatus.HELD, WaveStatus.RUNNING}


class StartWave:
    """Intent before effect: SENT is on record before DRS is called."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, sites: DisasterRecoverySites, clock: Clock
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._sites = sites
        self._clock = clock

    def __call__(self, execution_id: str, wave: str) -> Step:
        """Send every GRANTED intent of the wave. Raises DrsUnavailable before anything is sent."""
        execution = self._executions.get(execution_id)
        for intent in self._executions.intents(execution_id, wave):
            if intent.status is IntentStatus.GRANTED:
                self._launch(execution, intent)
        return Step(next=Next.WAIT, wait_seconds=CHECK_INTERVAL_SECONDS)

    def _launch(self, execution: Execution, intent: Intent) -> None:
        drs = self._sites.at(intent.place)
        if execution.replace_live_instances is None:
            live = protected_instances(drs, intent.source_server_ids)
            if live:
                self._refuse(
                    intent,
                    f"{live[0].source_server_id} runs as {live[0].recovery_instance_id}, "
                    "the live instance of a real recovery, which a launch would replace",
                )
                return
        sent = self._note(intent)
        if sent is None:
            return
        try:
            job_id = drs.start_recovery(
                sent.source_server_ids,
                is_drill=execution.execution_type.is_drill,
                tags=sent.tags,
            )
        except OutcomeUnknown as error:
            logger.warning("launch of %s: outcome unknown: %s", sent.key, error)
        except LaunchRefused as error:
            self._refuse(sent, str(error))
        except QuotaExceeded as error:
            queued = sent.changed(queued_time=self._clock.now())
            self._ledgers.requeue(queued, str(error))
        except DrsThrottled as error:
            self._executions.save_intent(
                sent.changed(status=IntentStatus.GRANTED, reason=str(error))
            )
        else:
            self._ledgers.confirm(sent.changed(job_id=job_id, reason=None))

    def _note(self, intent: Intent) -> Intent | None:
        """Return the intent as SENT, or None if the execution starts nothing any more."""
        now = self._clock.now()
        try:
            sent = self._executions.send_intent(
                intent.changed(status=IntentStatus.SENT, sent_time=now, sends=intent.sends + 1)
            )
        except ExecutionClosed as error:
            self._ledgers.release(intent.changed(status=IntentStatus.ABANDONED, reason=str(error)))
            return None
        except ExecutionPaused as error:
            self._ledgers.withdraw(intent, str(error))
            return None
        self._executions.move_wave(
            intent.execution_id, intent.wave, _NOT_ENDED, WaveStatus.RUNNING, start_time=now
        )
        return sent

    def _refuse(self, intent: Intent, reason: str) -> None:
        logger.error("launch of %s refused: %s", intent.key, reason)
        self._ledgers.release(intent.changed(status=IntentStatus.REFUSED, reason=reason))
