"""Watch an execution: let the reconciler look after it until nothing of it lives."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import ScheduleUnavailable
from drs_orchestrator.ports.schedules import Schedules

logger = logging.getLogger(__name__)


class WatchExecution:
    """A Scheduler that fails stops no recovery."""

    def __init__(self, schedules: Schedules) -> None:
        self._schedules = schedules

    def __call__(self, execution_id: str) -> str | None:
        """Return why nothing looks after the execution; None: it is looked after."""
        try:
            self._schedules.reconcile_regularly(execution_id)
        except ScheduleUnavailable as error:
            logger.warning("nothing looks after execution %s: %s", execution_id, error)
            return f"should its workflow be stopped, nobody may notice: {error}"
        return None
