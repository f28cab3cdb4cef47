"""Read executions."""

from __future__ import annotations

from drs_orchestrator.domain.execution_view import (
    ExecutionSummary,
    ExecutionView,
    Records,
    summarize,
    view,
)
from drs_orchestrator.ports import CleanUps, Clock, Executions, Page


class ReadExecutions:
    """Readers never write."""

    def __init__(self, executions: Executions, clean_ups: CleanUps, clock: Clock) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._clock = clock

    def get(self, execution_id: str) -> ExecutionView:
        """Return the execution in full; raise ExecutionNotFound."""
        clean_up = self._clean_ups.find(execution_id)
        records = Records(
            self._executions.get(execution_id),
            self._executions.waves(execution_id),
            self._executions.servers(execution_id),
            self._executions.intents(execution_id),
            self._executions.decisions(execution_id),
            clean_up,
            self._clean_ups.terminations(execution_id) if clean_up else (),
        )
        return view(records, self._clock.now())

    def page(
        self, plan_id: str | None, limit: int, next_token: str | None
    ) -> Page[ExecutionSummary]:
        """Return executions, newest first, of one plan or of all."""
        headers, token = self._executions.page(plan_id, limit, next_token)
        return Page([summarize(header) for header in headers], token)
