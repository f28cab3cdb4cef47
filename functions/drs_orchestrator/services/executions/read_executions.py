"""Read executions."""

from __future__ import annotations

from drs_orchestrator.domain.execution_view import (
    ExecutionSummary,
    ExecutionView,
    Records,
    summarize,
    view,
)
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.page import Page
from drs_orchestrator.ports.time_and_names import Clock


class ReadExecutions:
    """Readers never write."""

    def __init__(self, executions: Executions, clean_ups: CleanUps, clock: Clock) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._clock = clock

    def get(self, execution_id: str) -> ExecutionView:
        """Return the execution in full; raise ExecutionNotFound."""
        execution, waves = self._executions.get(execution_id), self._executions.waves(execution_id)
        acts = any(wave.pre_actions or wave.post_actions for wave in waves)
        clean_up = self._clean_ups.find(execution_id)
        records = Records(
            execution,
            waves,
            self._executions.servers(execution_id),
            self._executions.intents(execution_id),
            self._executions.decisions(execution_id),
            clean_up,
            self._clean_ups.terminations(execution_id) if clean_up else (),
            self._executions.actions(execution_id) if acts else (),
        )
        return view(records, self._clock.now())

    def page(
        self, plan_id: str | None, limit: int, next_token: str | None
    ) -> Page[ExecutionSummary]:
        """Return executions, newest first, of one plan or of all."""
        headers, token = self._executions.page(plan_id, limit, next_token)
        return Page([summarize(header) for header in headers], token)
