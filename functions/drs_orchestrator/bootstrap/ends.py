"""The end of an execution."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.aftercare import AftercareAdapters
from drs_orchestrator.bootstrap.waves import WaveUseCases
from drs_orchestrator.services.clean_ups.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.executions.finish_execution import FinishExecution


class EndUseCases(WaveUseCases, AftercareAdapters):
    """Executions that end."""

    @cached_property
    def _schedule_clean_up(self) -> ScheduleCleanUp:
        return ScheduleCleanUp(self._executions, self._schedules)

    @cached_property
    def finish_execution(self) -> FinishExecution:
        """Finish an execution."""
        return FinishExecution(
            self._executions,
            self.end_wave,
            self._lock_servers,
            self._admission,
            self._schedule_clean_up,
            self._clock,
        )
