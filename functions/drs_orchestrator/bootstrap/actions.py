"""What runs before and after a launch."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.adapters.action_sites import BotoActionSites
from drs_orchestrator.bootstrap.adapters import Adapters
from drs_orchestrator.services.actions.action_runners import (
    AutomationRunner,
    FunctionRunner,
    Runner,
    WaitRunner,
)
from drs_orchestrator.services.actions.report_action import ReportAction
from drs_orchestrator.services.actions.run_actions import RunActions
from drs_orchestrator.services.actions.try_action import TryAction


class ActionUseCases(Adapters):
    """Actions of waves."""

    @cached_property
    def _try_action(self) -> TryAction:
        sites = BotoActionSites(self._sessions)
        runners: dict[str, Runner] = {
            "ssm": AutomationRunner(sites),
            "lambda": FunctionRunner(sites),
            "wait": WaitRunner(self._clock),
        }
        return TryAction(self._executions, runners, self._clock)

    @cached_property
    def run_actions(self) -> RunActions:
        """Run a wave's actions."""
        return RunActions(self._executions, self._try_action, self._clock)

    @cached_property
    def report_action(self) -> ReportAction:
        """Take the result of an action from its function."""
        return ReportAction(self._executions)
