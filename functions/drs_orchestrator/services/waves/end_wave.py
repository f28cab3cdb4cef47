"""End a wave: its verdict from the evidence, then whoever waited for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from drs_orchestrator.domain.action import ActionFailure, ActionPhase, ActionStatus
from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.errors import shortened
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.health import is_healthy_enough
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.recovery_plan import OnFailure
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.verdict import judge_unsent, judge_wave, unhealthy
from drs_orchestrator.domain.wave import NOT_ENDED, WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.executions.change_execution import change_execution
from drs_orchestrator.services.questions.put_question import note_question
from drs_orchestrator.services.waves.turnstile import Turnstile

logger = logging.getLogger(__name__)


_UNSTARTED = {Answer.SKIP: WaveStatus.SKIPPED, Answer.CANCEL: WaveStatus.CANCELLED}


class EndWave:
    """The terminal write of a wave happens once; everything after it may be repeated."""

    def __init__(
        self,
        executions: Executions,
        ledgers: Ledgers,
        turnstile: Turnstile,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._turnstile = turnstile
        self._clock = clock

    def complete(self, execution_id: str, name: str) -> Step:
        """End a wave that recovered, that was told not to start, or that a person skipped."""
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        wave = waves[name]
        intents = self._settle(execution_id, name)
        servers = self.judge_unsent(execution_id, name, has_ended=True)
        if wave.skipped_by:
            return self._end(wave, execution_id, WaveStatus.SKIPPED, wave.reason)
        if all(intent.status is IntentStatus.ABANDONED for intent in intents):
            clearance = clear_wave(wave, waves, self._executions.get(execution_id))
            unstarted = _UNSTARTED.get(clearance.answer)
            # One that has nothing to launch has no intents, whether it was its turn or not.
            if unstarted or intents:
                status = unstarted or WaveStatus.FAILED
                return self._end(wave, execution_id, status, clearance.reason)
        status, shortfall = _verdict(wave, servers)
        missed = self._missed_actions(execution_id, wave)
        if missed and status is WaveStatus.COMPLETED:
            status, shortfall = WaveStatus.PARTIAL, missed
        return self._end(wave, execution_id, status, shortfall)

    def _missed_actions(self, execution_id: str, wave: WaveRecord) -> str | None:
        """Return which actions of a wave that came up were not run, in words."""
        if not (wave.pre_actions or wave.post_actions):
            return None
        cancelled = [
            record.name
            for record in self._executions.actions(execution_id, wave.name)
            if record.status is ActionStatus.CANCELLED
        ]
        return f"actions that were not run: {', '.join(cancelled)}" if cancelled else None

    def _left_actions(self, execution_id: str, wave: WaveRecord) -> bool:
        """Return whether an action of the wave was not begun, not ended, or cancelled."""
        planned = {(ActionPhase.BEFORE, each.name) for each in wave.pre_actions}
        planned |= {(ActionPhase.AFTER, each.name) for each in wave.post_actions}
        if not planned:
            return False
        done = {
            (record.phase, record.name)
            for record in self._executions.actions(execution_id, wave.name)
            if record.status.is_final and record.status is not ActionStatus.CANCELLED
        }
        return not planned <= done

    def fail(self, execution_id: str, name: str, error: str | None) -> Step:
        """End a wave that failed: by its servers' verdicts, or by an error of the workflow.

        One that a person skipped is SKIPPED, whatever fails on its way to the end.
        """
        wave = self._executions.wave(execution_id, name)
        self._settle(execution_id, name)
        servers = self.judge_unsent(execution_id, name, has_ended=True)
        if wave.skipped_by:
            return self._end(wave, execution_id, WaveStatus.SKIPPED, wave.reason)
        reason = error or _why_failed(wave, servers)
        return self._end(wave, execution_id, WaveStatus.FAILED, reason)

    def adjudicate(
        self,
        execution_id: str,
        name: str,
        reason: str,
        *,
        unstarted: WaveStatus = WaveStatus.FAILED,
        stops: bool = False,
    ) -> None:
        """Give a wave that nothing follows any more its verdict; rings nobody, asks DRS nothing.

        `unstarted`: the verdict over a wave that has launched nothing yet; `stops`: whether its
        failure lets nothing new start, where its policy is STOP.
        """
        intents = self._settle(execution_id, name)
        servers = self.judge_unsent(execution_id, name, has_ended=True)
        wave = self._executions.wave(execution_id, name)
        if wave.skipped_by:
            self._write(execution_id, name, WaveStatus.SKIPPED, wave.reason)
            return
        status, _ = _verdict(wave, servers)
        if any(intent.status.may_have_job for intent in intents) or not status.came_up:
            status = WaveStatus.FAILED if wave.start_time else unstarted
        elif _has_failed_since(wave, servers):
            status = WaveStatus.FAILED
        elif status is WaveStatus.COMPLETED and self._left_actions(execution_id, wave):
            status = WaveStatus.PARTIAL
        if stops and status is WaveStatus.FAILED and _stops(wave):
            self._stop(execution_id, name)
        self._write(execution_id, name, status, reason)

    def settle(self, execution_id: str, name: str) -> list[Intent]:
        """Let nothing more be launched for a wave that has ended; return its intents after that."""
        intents = self._settle(execution_id, name)
        self.judge_unsent(execution_id, name, has_ended=True)
        return intents

    def _end(
        self, wave: WaveRecord, execution_id: str, status: WaveStatus, reason: str | None
    ) -> Step:
        if wave.status.is_final:
            status = wave.status  # written before; what follows the writing may be repeated
        if status is WaveStatus.FAILED and _stops(wave):
            self._stop(execution_id, wave.name)
        self._write(execution_id, wave.name, status, reason)
        note_question(self._executions, execution_id, wave.name, asked=False)
        # The waves that waited for this one seek room before what it held goes to others.
        places = {intent.place for intent in self._executions.intents(execution_id, wave.name)}
        self._turnstile.look_at_all(execution_id, freed=places)
        return Step(next=Next.SUCCEED, wait_seconds=0)

    def _write(self, execution_id: str, name: str, status: WaveStatus, reason: str | None) -> None:
        if self._executions.move_wave(
            execution_id,
            name,
            NOT_ENDED,
            status,
            reason=shortened(reason) if reason else None,
            end_time=self._clock.now(),
            question=None,
        ):
            logger.info("wave %s of %s %s: %s", name, execution_id, status, reason)

    def _stop(self, execution_id: str, wave: str) -> None:
        """Let nothing new start in the execution."""

        def stop(execution: Execution) -> Execution:
            stopped = execution.stopped_by or execution.status.is_final
            return execution if stopped else execution.changed(stopped_by=wave)

        change_execution(self._executions, execution_id, stop)

    def _settle(self, execution_id: str, name: str) -> list[Intent]:
        """Abandon what was never sent, or is known to have had no effect, so that it holds no room
        and no place in the queue.
        """
        return [
            self._ledgers.release(intent.given_up()) if intent.may_be_given_up else intent
            for intent in self._executions.intents(execution_id, name)
        ]

    def judge_unsent(
        self, execution_id: str, name: str, *, has_ended: bool
    ) -> list[RecoveredServer]:
        """Give the servers of launches that never happened their verdict and return all servers.

        `has_ended`: whether nothing more will be prepared for the wave.
        """
        intents = self._executions.intents(execution_id, name)
        # The latest attempt of a server is what counts; intents are in the order of attempts.
        of_server = {(i.place, each): i for i in intents for each in i.source_server_ids}
        before = self._executions.servers(execution_id, name)
        after = [
            judge_unsent(s, of_server.get((s.place, s.source_server_id)), has_ended=has_ended)
            for s in before
        ]
        changed = [new for old, new in zip(before, after, strict=True) if new != old]
        self._executions.save_servers(execution_id, changed)
        return after


def _verdict(wave: WaveRecord, servers: Sequence[RecoveredServer]) -> tuple[WaveStatus, str | None]:
    """Return the verdict over launches, and over health where the wave checks it."""
    status, shortfall = judge_wave(servers, wave.success_policy)
    if wave.health_check is None or not status.came_up:
        return status, shortfall
    sick = unhealthy(servers)
    if sick and wave.accepted_by:
        sick = f"{sick}; accepted by {wave.accepted_by}"
    return (WaveStatus.PARTIAL, shortfall or sick) if sick else (status, shortfall)


def _has_failed_since(wave: WaveRecord, servers: Sequence[RecoveredServer]) -> bool:
    """Whether an action of the launched wave failed, or its health gate was not passed."""
    if wave.failed_action:
        return True
    if wave.health_check is None or wave.accepted_by or wave.phase is WavePhase.AFTER:
        return False
    return not is_healthy_enough(servers, wave.health_check)


def _why_failed(wave: WaveRecord, servers: Sequence[RecoveredServer]) -> str:
    if wave.aborted_by:
        return wave.reason or f"aborted by {wave.aborted_by}"
    if wave.failed_action:
        return f"action '{wave.failed_action.name}' failed: {wave.failed_action.reason}"
    _, shortfall = judge_wave(servers, wave.success_policy)
    if not shortfall and wave.phase is WavePhase.HEALTH:
        shortfall = unhealthy(servers)
    return shortfall or wave.reason or "its workflow gave no reason"


def _stops(wave: WaveRecord) -> bool:
    """Whether the wave's failure lets nothing new start in the execution."""
    action = wave.failed_action
    return wave.on_failure is OnFailure.STOP or bool(
        action and action.on_failure is ActionFailure.STOP
    )
