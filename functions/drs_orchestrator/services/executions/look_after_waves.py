"""Look after the waves of a live execution: what their workflows and bells would have done."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from drs_orchestrator.domain.errors import Unavailable
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.domain.workflow_state import wave_has_died
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.executions.change_execution import change_execution
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.end_dead_wave import EndDeadWave
from drs_orchestrator.services.waves.turnstile import Turnstile

logger = logging.getLogger(__name__)


class LookAfterWaves:
    """Closes runs past their deadline, ends waves whose workflow died, rings lost bells anew, and
    lets the header name the waves that wait for a person.

    A bell too many changes nothing.
    """

    def __init__(
        self,
        executions: Executions,
        workflow: Workflow,
        end_dead_wave: EndDeadWave,
        admission: Admission,
        turnstile: Turnstile,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._workflow = workflow
        self._end_dead_wave = end_dead_wave
        self._admission = admission
        self._turnstile = turnstile
        self._clock = clock

    def __call__(self, execution: Execution) -> None:
        """Look once, at everything that can be looked at; raises what kept a wave from it."""
        if execution.status is ExecutionStatus.PENDING:
            return  # its preparation is not done
        id_ = execution.execution_id
        waves = self._executions.waves(id_)
        unseen = self._end_dead_waves(id_, waves)
        if execution.overruns(self._clock.now()):
            self._close(id_)
        intents = self._executions.intents(id_)
        self._admission.ask([i for i in intents if i.status is IntentStatus.QUEUED])
        self._turnstile.look_at_all(id_, begun=True)
        if unseen:
            raise unseen[0]
        self._note_questions(execution, waves)

    def _close(self, execution_id: str) -> None:
        """Let nothing new start: as after a cancel, what runs is followed to its end."""
        now = self._clock.now()
        change_execution(
            self._executions,
            execution_id,
            lambda header: header.changed(overran_time=now) if header.overruns(now) else header,
        )
        logger.error("execution %s is not done within its deadline", execution_id)

    def _note_questions(self, execution: Execution, waves: Sequence[WaveRecord]) -> None:
        """Let the header say which waves wait for a person: whoever changed that may have died.

        Should the header have changed since it was read, the next look does it.
        """
        asking = sorted(wave.name for wave in waves if wave.question)
        if asking != execution.awaiting:
            self._executions.save(execution.changed(awaiting=asking))

    def _end_dead_waves(self, execution_id: str, waves: Sequence[WaveRecord]) -> list[Unavailable]:
        """Return what kept waves from being looked at; it is no reason to leave the others."""
        errors: list[Unavailable] = []
        for wave in waves:
            if wave.status.is_final or wave.workflow_arn is None:
                continue
            try:
                state = self._workflow.state_of_wave(wave.workflow_arn)
            except Unavailable as error:
                errors.append(error)
                continue
            if wave_has_died(state):
                self._end_dead_wave(execution_id, wave.name, state)
        return errors
