"""Reconcile execution: the target of the schedule that each live execution has."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.reconciliation import ReconciliationUseCases
from drs_orchestrator.events.envelope import Event, Received, read


class Reminder(Received):
    """What the schedule says."""

    execution_id: str


def handler(event: Event, _context: object) -> None:
    """Look after the execution."""
    reminder = read(Reminder, event)
    if reminder:
        use_cases(ReconciliationUseCases).reconcile_execution(reminder.execution_id)
