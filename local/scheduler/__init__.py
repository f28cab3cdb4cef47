"""The slice of EventBridge Scheduler that the product uses: one-time and recurring schedules."""

from __future__ import annotations

from local.scheduler.schedules import Schedule
from local.scheduler.service import Scheduler, SchedulerFaults

__all__ = ["Schedule", "Scheduler", "SchedulerFaults"]
