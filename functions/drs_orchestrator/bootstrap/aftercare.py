"""Adapters for what follows a start by itself: the looks of the reconciler, and clean-ups."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.adapters.clean_up_store import CleanUpStore
from drs_orchestrator.adapters.clean_up_workflow import StepFunctionsCleanUp
from drs_orchestrator.adapters.schedules import EventBridgeSchedules
from drs_orchestrator.bootstrap.adapters import Adapters
from drs_orchestrator.services.clean_ups.finish_clean_up import FinishCleanUp


class AftercareAdapters(Adapters):
    """Schedules, and the records of clean-ups."""

    @cached_property
    def _clean_ups(self) -> CleanUpStore:
        return CleanUpStore(self._executions_table)

    @cached_property
    def _clean_up_workflow(self) -> StepFunctionsCleanUp:
        return StepFunctionsCleanUp(self._sessions, self._settings.clean_up_state_machine_name)

    @cached_property
    def finish_clean_up(self) -> FinishCleanUp:
        """Give a clean-up its verdict."""
        return FinishCleanUp(self._executions, self._clean_ups, self._clock)

    @cached_property
    def _schedules(self) -> EventBridgeSchedules:
        return EventBridgeSchedules(
            self._sessions,
            group=self._settings.schedule_group,
            role_name=self._settings.scheduler_role_name,
            state_machine_name=self._settings.clean_up_state_machine_name,
            reconcile_function_name=self._settings.reconcile_function_name,
        )
