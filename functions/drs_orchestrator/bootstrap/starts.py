"""The start of an execution: what a person asks for, and what the workflow does first."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.adapters.service_quotas import ServiceQuotas
from drs_orchestrator.bootstrap.aftercare import AftercareAdapters
from drs_orchestrator.bootstrap.clearance import ClearanceUseCases
from drs_orchestrator.bootstrap.plans import PlanAdapters
from drs_orchestrator.services.executions.start_execution import StartExecution
from drs_orchestrator.services.executions.watch_execution import WatchExecution
from drs_orchestrator.services.preparation.prepare_execution import PrepareExecution
from drs_orchestrator.services.preparation.snapshot_plan import SnapshotPlan


class StartUseCases(ClearanceUseCases, PlanAdapters, AftercareAdapters):
    """Executions that begin."""

    @cached_property
    def start_execution(self) -> StartExecution:
        """Start an execution."""
        return StartExecution(
            self._plans,
            self._executions,
            self._groups,
            self._lock_servers,
            self._workflow,
            WatchExecution(self._schedules),
            self._clock,
            self._names,
        )

    @cached_property
    def prepare_execution(self) -> PrepareExecution:
        """Prepare an execution."""
        snapshot_plan = SnapshotPlan(
            self._plans,
            self._groups,
            self._sites,
            ServiceQuotas(self._sessions),
            self._ledgers,
            self._clock,
        )
        return PrepareExecution(
            self._executions,
            snapshot_plan,
            self._lock_servers,
            self._admission,
            WatchExecution(self._schedules),
            self._names,
        )
