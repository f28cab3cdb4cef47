"""Read executions."""

from __future__ import annotations

from drs_orchestrator.domain.clean_up_view import clean_up_view
from drs_orchestrator.domain.execution_view import (
    ExecutionSummary,
    ExecutionView,
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
        return view(
            self._executions.get(execution_id),
            self._executions.waves(execution_id),
            self._executions.servers(execution_id),
            self._executions.intents(execution_id),
            self._clock.now(),
            clean_up_view(
                self._clean_ups.find(execution_id), self._clean_ups.terminations(execution_id)
            ),
        )

    def page(
        self, plan_id: str | None, limit: int, next_token: str | None
    ) -> Page[ExecutionSummary]:
        """Return executions, newest first, of one plan or of all."""
        headers, token = self._executions.page(plan_id, limit, next_token)
        return Page([summarize(header) for header in headers], token)
