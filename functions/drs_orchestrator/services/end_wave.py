"""End a wave: its verdict from the evidence, then whoever waited for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.recovery_plan import OnFailure
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.verdict import judge_unsent, judge_wave
from drs_orchestrator.domain.wave import Next, Step, WaveRecord, WaveStatus
from drs_orchestrator.ports import Clock, Executions, Ledgers
from drs_orchestrator.services.admission import Admission
from drs_orchestrator.services.turnstile import Turnstile

logger = logging.getLogger(__name__)

_NOT_ENDED = {WaveStatus.PENDING, WaveStatus.HELD, WaveStatus.RUNNING}


class EndWave:
    """The terminal write of a wave happens once; everything after it may be repeated."""

    def __init__(
        self,
        executions: Executions,
        ledgers: Ledgers,
        admission: Admission,
        turnstile: Turnstile,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._admission = admission
        self._turnstile = turnstile
        self._clock = clock

    def complete(self, execution_id: str, name: str) -> Step:
        """End a wave that recovered, or that was told not to start."""
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        intents = self._settle(self._executions.intents(execution_id, name))
        if any(intent.status is not IntentStatus.ABANDONED for intent in intents):
            servers = self._judge_unsent(execution_id, name, intents)
            status, reason = judge_wave(servers, waves[name].success_policy)
            return self._end(waves[name], execution_id, status, reason)
        clearance = clear_wave(waves[name], waves, self._executions.get(execution_id))
        self._judge_unsent(execution_id, name, intents)
        match clearance.answer:
            case Answer.SKIP:
                status, reason = WaveStatus.SKIPPED, clearance.reason
            case Answer.CANCEL:
                status, reason = WaveStatus.CANCELLED, clearance.reason
            case _:
                status, reason = WaveStatus.FAILED, "it never started"
        return self._end(waves[name], execution_id, status, reason)

    def fail(self, execution_id: str, name: str, error: str | None) -> Step:
        """End a wave that failed: by the servers' verdicts, or by an error of the workflow."""
        wave = self._executions.wave(execution_id, name)
        intents = self._settle(self._executions.intents(execution_id, name))
        servers = self._judge_unsent(execution_id, name, intents)
        _, shortfall = judge_wave(servers, wave.success_policy)
        reason = error or shortfall or "its workflow gave no reason"
        return self._end(wave, execution_id, WaveStatus.FAILED, reason)

    def _end(
        self, wave: WaveRecord, execution_id: str, status: WaveStatus, reason: str | None
    ) -> Step:
        if self._executions.move_wave(
            execution_id,
            wave.name,
            _NOT_ENDED,
            status,
            reason=reason,
            end_time=self._clock.now(),
        ):
            logger.info("wave %s of %s %s: %s", wave.name, execution_id, status, reason)
        if status is WaveStatus.FAILED and wave.on_failure is OnFailure.STOP:
            self._stop(execution_id, wave.name)
        self._turnstile.look_at_all(execution_id)
        return Step(next=Next.SUCCEED, wait_seconds=0)

    def _stop(self, execution_id: str, wave: str) -> None:
        """Let nothing new start in the execution."""
        execution = self._executions.get(execution_id)
        if execution.stopped_by is None and not execution.status.is_final:
            self._executions.save(execution.changed(stopped_by=wave))

    def _settle(self, intents: Sequence[Intent]) -> list[Intent]:
        """Abandon what was never sent, so that it holds no room and no place in the queue."""
        unsent = [i for i in intents if not (i.status.is_final or i.status.may_have_job)]
        kept = [intent for intent in intents if intent not in unsent]
        reason = "the wave ended before its turn"
        abandoned = [
            self._ledgers.release(intent.changed(status=IntentStatus.ABANDONED, reason=reason))
            for intent in unsent
        ]
        for place in sorted({intent.place for intent in abandoned}):
            self._admission.pump(place)
        return kept + abandoned

    def _judge_unsent(
        self, execution_id: str, name: str, intents: Sequence[Intent]
    ) -> list[RecoveredServer]:
        """Give the servers of launches that never happened their verdict and return all servers."""
        of_server = {(i.place, each): i for i in intents for each in i.source_server_ids}
        before = self._executions.servers(execution_id, name)
        after = [judge_unsent(s, of_server[s.place, s.source_server_id]) for s in before]
        changed = [new for old, new in zip(before, after, strict=True) if new != old]
        self._executions.save_servers(execution_id, changed)
        return after
