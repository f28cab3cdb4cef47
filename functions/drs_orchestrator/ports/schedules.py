"""What happens later by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Schedules(Protocol):
    """What happens later by itself."""

    def clean_up_at(self, execution_id: str, time: datetime) -> None:
        """Start the clean-up of an execution once, at `time`; saying it twice is saying it once.

        Raises ScheduleUnavailable.
        """
        ...

    def reconcile_regularly(self, execution_id: str) -> None:
        """Reconcile the execution every two minutes from now on; twice is once.

        Raises ScheduleUnavailable.
        """
        ...

    def reconcile_at(self, execution_id: str, time: datetime) -> None:
        """Reconcile the execution once more, at `time`; saying it twice is saying it once.

        Raises ScheduleUnavailable.
        """
        ...

    def stop_reconciling(self, execution_id: str) -> None:
        """Reconcile the execution no more; twice is once. Raises ScheduleUnavailable."""
        ...
