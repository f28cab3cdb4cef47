"""Start the recovery of a wave: one StartRecovery for each chunk that has room, sent once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from drs_orchestrator.domain.errors import (
    AccountUnreachable,
    DrsDenied,
    ExecutionClosed,
    ExecutionPaused,
    LaunchConflict,
    LaunchRefused,
    OutcomeUnknown,
    QuotaExceeded,
    Unavailable,
)
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.server import SourceServer
from drs_orchestrator.domain.step import (
    CHECK_INTERVAL_SECONDS,
    Next,
    Step,
    launch_retry_seconds,
    refusal_hold_seconds,
)
from drs_orchestrator.domain.wave import AT_REST, AT_WORK, WavePhase, WaveStatus
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery, DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.preparation.protected_servers import protected_servers
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.last_look import last_look

logger = logging.getLogger(__name__)


class StartWave:
    """Intent before effect: SENT is on record before DRS is called."""

    def __init__(
        self,
        executions: Executions,
        ledgers: Ledgers,
        sites: DisasterRecoverySites,
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._admission = admission
        self._sites = sites
        self._clock = clock

    def __call__(self, execution_id: str, wave: str) -> Step:
        """Send every GRANTED intent of the wave."""
        execution = self._executions.get(execution_id)
        for intent in self._executions.intents(execution_id, wave):
            if intent.status is IntentStatus.GRANTED:
                self._launch(execution, intent)
        return Step(next=Next.WAIT, wait_seconds=self._wait_seconds(execution_id, wave))

    def _wait_seconds(self, execution_id: str, wave: str) -> int:
        """Return a wait that stretches while a launch cannot even be tried."""
        intents = self._executions.intents(execution_id, wave)
        if any(intent.status.may_have_job for intent in intents):
            return CHECK_INTERVAL_SECONDS
        now = self._clock.now()
        granted = [i for i in intents if i.status is IntentStatus.GRANTED]
        since = min((i.tried_since or now for i in granted), default=now)
        return launch_retry_seconds(now - since)

    def _launch(self, execution: Execution, intent: Intent) -> None:
        try:
            drs = self._sites.at(intent.place)
            intent, servers = last_look(intent, drs, self._executions)
            obstacle = self._obstacle(execution, drs, servers)
        except AccountUnreachable as error:
            self._requeue(intent, str(error))
            return
        except DrsDenied as error:
            self._refuse(intent, str(error))
            return
        except Unavailable as error:
            self._executions.save_intent(intent.granted_again(self._clock.now(), str(error)))
            return
        if obstacle:
            self._refuse(intent, obstacle)
            return
        sent = self._note(intent)
        if sent:
            self._send(execution, drs, sent)

    def _obstacle(
        self, execution: Execution, drs: DisasterRecovery, servers: Sequence[SourceServer]
    ) -> str | None:
        """Return why the launch must not be."""
        if not servers:
            return "none of its servers can be launched"
        if execution.replace_live_instances is not None:
            return None
        protected = protected_servers(drs, servers, self._clock)
        named = [f"{server_id} {why}" for server_id, why in protected.items()]
        return f"a launch would replace a real recovery: {named[0]}" if named else None

    def _send(self, execution: Execution, drs: DisasterRecovery, sent: Intent) -> None:
        """Call DRS once; an unknown outcome leaves the intent SENT, for the next check."""
        try:
            job_id = drs.start_recovery(
                sent.source_server_ids,
                is_drill=execution.execution_type.is_drill,
                tags=sent.tags,
                snapshot_ids=sent.snapshot_ids,
            )
        except LaunchConflict as error:
            conflicts = sent.conflicts + 1
            self._executions.save_intent(sent.changed(reason=str(error), conflicts=conflicts))
        except OutcomeUnknown as error:
            self._executions.save_intent(sent.changed(reason=str(error)))
        except LaunchRefused as error:
            self._refuse(sent, str(error))
        except QuotaExceeded as error:
            self._requeue(sent, str(error))
        except Unavailable as error:
            self._executions.save_intent(sent.granted_again(self._clock.now(), str(error)))
        else:
            self._ledgers.confirm(sent.changed(job_id=job_id, reason=None))

    def _note(self, intent: Intent) -> Intent | None:
        """Return the intent as SENT, or None if the execution starts nothing any more."""
        now = self._clock.now()
        try:
            sent = self._executions.send_intent(
                intent.changed(
                    status=IntentStatus.SENT,
                    sent_time=now,
                    first_sent_time=intent.first_sent_time or now,
                    sends=intent.sends + 1,
                    had_no_effect=False,
                )
            )
        except ExecutionClosed as error:
            self._ledgers.release(intent.changed(status=IntentStatus.ABANDONED, reason=str(error)))
            return None
        except ExecutionPaused as error:
            self._ledgers.withdraw(intent, str(error))
            return None
        self._executions.move_wave(
            intent.execution_id,
            intent.wave,
            AT_REST | AT_WORK,
            WaveStatus.RUNNING,
            phase=WavePhase.LAUNCH,
            start_time=now,
        )
        return sent

    def _requeue(self, intent: Intent, reason: str) -> None:
        """Queue the chunk again; the longer it waits already, the later it is tried again."""
        now = self._clock.now()
        waited = now - (intent.first_queued_time or now)
        beside = self._comes_on_top(intent)
        later = now + timedelta(seconds=refusal_hold_seconds(waited, beside_jobs=beside))
        queued = intent.without_room(not_before=later).changed(queued_time=now)
        self._ledgers.requeue(queued, reason)

    def _comes_on_top(self, intent: Intent) -> bool:
        """Whether the wave looks at other jobs, too, or rests with a question meanwhile."""
        intents = self._executions.intents(intent.execution_id, intent.wave)
        others = [each for each in intents if each.key != intent.key]
        if any(other.status.may_have_job for other in others):
            return True
        return self._executions.wave(intent.execution_id, intent.wave).question is not None

    def _refuse(self, intent: Intent, reason: str) -> None:
        logger.error("launch of %s refused: %s", intent.key, reason)
        self._ledgers.release(intent.changed(status=IntentStatus.REFUSED, reason=reason))
        self._admission.pump(intent.place)
