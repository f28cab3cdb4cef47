"""DRS jobs as the product sees them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from drs_orchestrator.domain.model import Model

_RESULTS = frozenset({"LAUNCHED", "FAILED", "TERMINATED"})
# DRS lists jobs by age only, so whoever looks for running ones looks back this far; no launch is
# known to have run for longer.
RUNNING_JOBS_HORIZON = timedelta(hours=24)


class Job(Model):
    """A DRS job. It never says that it failed: COMPLETED may hold FAILED servers."""

    job_id: str
    status: str
    kind: str | None = None
    """DRS's `type`: LAUNCH, TERMINATE or CREATE_CONVERTED_SNAPSHOT."""
    creation_time: datetime
    end_time: datetime | None = None
    launch_status: dict[str, str] = {}
    """DRS's `launchStatus` by source server id."""
    tags: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """A short text that changes whenever the job's status or a server's does."""
        text = "|".join([self.status, *map("=".join, sorted(self.launch_status.items()))])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def is_active(self) -> bool:
        """Whether it counts against the DRS quotas; an unknown status does."""
        return self.status != "COMPLETED"

    @property
    def has_results(self) -> bool:
        """Whether one of its servers has its launch result."""
        return not _RESULTS.isdisjoint(self.launch_status.values())

    @property
    def awaits_one(self) -> bool:
        """Whether each of its servers but one has its launch result, and there are several."""
        left = sum(result not in _RESULTS for result in self.launch_status.values())
        return left == 1 < len(self.launch_status)

    @property
    def is_closing(self) -> bool:
        """Whether each of its servers has its launch result: its end is a matter of seconds."""
        return bool(self.launch_status) and _RESULTS.issuperset(self.launch_status.values())


class LaunchOwner(NamedTuple):
    """The wave of ours that a job was started for."""

    execution_id: str
    wave: str


def launch_owner(job: Job) -> LaunchOwner | None:
    """Return the wave that the job's tags name; None: the job is none of ours."""
    execution_id, wave = job.tags.get("drsorc:execution"), job.tags.get("drsorc:wave")
    return LaunchOwner(execution_id, wave) if execution_id and wave else None
