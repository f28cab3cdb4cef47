"""Schedule the clean-up of a drill that has ended, where its plan says after how long."""

from __future__ import annotations

import logging
from datetime import timedelta

from drs_orchestrator.domain.clean_up import BEGINS_WITHIN
from drs_orchestrator.domain.errors import ScheduleUnavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.schedules import Schedules

logger = logging.getLogger(__name__)


class ScheduleCleanUp:
    """A schedule that cannot be made fails no drill; the execution says that it is missing."""

    def __init__(self, executions: Executions, schedules: Schedules) -> None:
        self._executions = executions
        self._schedules = schedules

    def __call__(self, execution: Execution) -> Execution:
        """Return the ended execution, with the time of its clean-up if it has one."""
        minutes, ended = execution.clean_up_after_minutes, execution.end_time
        is_noted = execution.clean_up_time or execution.clean_up_problem
        if not execution.execution_type.is_drill or not minutes or not ended or is_noted:
            return execution
        time = ended + timedelta(minutes=minutes)
        try:
            # First the look whether it has begun: none is promised that may fail to come unseen.
            self._schedules.reconcile_at(execution.execution_id, time + BEGINS_WITHIN)
            self._schedules.clean_up_at(execution.execution_id, time)
        except ScheduleUnavailable as error:
            logger.warning("clean-up of %s: %s", execution.execution_id, error)
            problem = f"{error}; ask for the clean-up by hand"
            return self._executions.save(execution.changed(clean_up_problem=problem))
        return self._executions.save(execution.changed(clean_up_time=time))
