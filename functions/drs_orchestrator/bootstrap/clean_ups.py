"""The end of a drill's instances."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.aftercare import AftercareAdapters
from drs_orchestrator.bootstrap.clearance import ClearanceUseCases
from drs_orchestrator.services.clean_ups.check_termination import CheckTermination
from drs_orchestrator.services.clean_ups.give_way import GiveWay
from drs_orchestrator.services.clean_ups.look_at_drill import LookAtDrill
from drs_orchestrator.services.clean_ups.open_clean_up import OpenCleanUp
from drs_orchestrator.services.clean_ups.start_clean_up import StartCleanUp
from drs_orchestrator.services.clean_ups.terminate_instances import TerminateInstances
from drs_orchestrator.services.executions.watch_execution import WatchExecution


class CleanUpUseCases(ClearanceUseCases, AftercareAdapters):
    """Clean-ups of drills."""

    @cached_property
    def start_clean_up(self) -> StartCleanUp:
        """Start the clean-up of a drill."""
        return StartCleanUp(
            self._executions,
            self._clean_ups,
            self._clean_up_workflow,
            WatchExecution(self._schedules),
            self._clock,
        )

    @cached_property
    def _look_at_drill(self) -> LookAtDrill:
        return LookAtDrill(
            self._executions,
            self._clean_ups,
            self._sites,
            self._clock,
            quiet_seconds=self._settings.quiet_seconds,
        )

    @cached_property
    def terminate_instances(self) -> TerminateInstances:
        """Terminate the instances of a drill."""
        return TerminateInstances(
            self._executions,
            self._clean_ups,
            self._look_at_drill,
            GiveWay(self._executions, self._ledgers, self._lock_servers),
            self._sites,
            WatchExecution(self._schedules),
            OpenCleanUp(self._clean_ups, self._clean_up_workflow, self._clock),
            self._clock,
        )

    @cached_property
    def check_termination(self) -> CheckTermination:
        """Follow the termination of a drill's instances."""
        return CheckTermination(self._executions, self._clean_ups, self._look_at_drill, self._clock)
