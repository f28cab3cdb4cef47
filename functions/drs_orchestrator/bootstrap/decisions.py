"""What a person decides of a wave."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.waves import WaveUseCases
from drs_orchestrator.services.actions.retry_actions import RetryActions
from drs_orchestrator.services.questions.await_decision import AwaitDecision
from drs_orchestrator.services.questions.carry_out import CarryOut
from drs_orchestrator.services.questions.decide import Decide
from drs_orchestrator.services.questions.record_failure import RecordFailure
from drs_orchestrator.services.waves.retry_wave import RetryWave


class DecisionUseCases(WaveUseCases):
    """Questions and answers."""

    @cached_property
    def record_failure(self) -> RecordFailure:
        """Ask a person about a failure, or end the wave."""
        return RecordFailure(self._executions, self._ledgers, self.end_wave, self._clock)

    @cached_property
    def _carry_out(self) -> CarryOut:
        return CarryOut(
            self._executions,
            RetryWave(self._executions, self._ledgers, self._sites),
            RetryActions(self._executions),
            self.turnstile,
            self._workflow,
            self._clock,
        )

    @cached_property
    def decide(self) -> Decide:
        """Take a person's answer."""
        return Decide(self._executions, self._carry_out, self._clock)

    @cached_property
    def await_decision(self) -> AwaitDecision:
        """Waves that wait for a person."""
        return AwaitDecision(
            self._executions,
            self._carry_out,
            self.check_wave,
            self._withdraw_question,
            self._workflow,
            self._clock,
        )
