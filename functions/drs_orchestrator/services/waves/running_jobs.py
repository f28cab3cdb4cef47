"""Which jobs of a place may run? DRS lists jobs by age only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from drs_orchestrator.domain.job import RUNNING_JOBS_HORIZON, Job
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery


def running_jobs(drs: DisasterRecovery, named: Collection[str], now: datetime) -> dict[str, Job]:
    """Return by their ids the jobs of the last day, ended ones too, and the named however old.

    An older job of others that still runs is not among them. Raises DrsDenied, DrsThrottled or
    DrsUnavailable.
    """
    recent = {job.job_id: job for job in drs.jobs_since(now - RUNNING_JOBS_HORIZON)}
    return recent | drs.jobs(set(named) - recent.keys())
