"""Find orphans: DRS jobs with an execution's tags that none of its launches knows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from drs_orchestrator.domain.errors import Denied, Unavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.orphan import orphans
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.executions.change_execution import change_execution

logger = logging.getLogger(__name__)

# In case the clocks of DRS and Lambda differ.
_CLOCK_SKEW = timedelta(minutes=10)


class FindOrphans:
    """They are reported, never touched: what they launched may be what somebody recovers with."""

    def __init__(self, executions: Executions, sites: DisasterRecoverySites) -> None:
        self._executions = executions
        self._sites = sites

    def __call__(self, execution: Execution) -> None:
        """Name the execution's orphans on its record, as soon as they show up."""
        id_ = execution.execution_id
        places = sorted({intent.place for intent in self._executions.intents(id_)})
        jobs = [job for place in places for job in self._jobs(place, execution)]
        # Read after the jobs: a job that DRS shows has its intent on record since before.
        found = orphans(id_, jobs, self._intents(id_, jobs))
        fresh = sorted(set(found) - set(execution.orphan_jobs))
        if not fresh:
            return
        for job_id in fresh:
            logger.warning("orphan job %s carries the tags of execution %s", job_id, id_)
        change_execution(
            self._executions,
            id_,
            lambda e: e.changed(orphan_jobs=sorted({*e.orphan_jobs, *fresh})),
        )

    def _intents(self, execution_id: str, jobs: Sequence[Job]) -> Sequence[Intent]:
        return self._executions.intents(execution_id) if jobs else []

    def _jobs(self, place: Place, execution: Execution) -> list[Job]:
        """Return the jobs since the execution's start; none where DRS is out of reach."""
        try:
            return self._sites.at(place).jobs_since(execution.start_time - _CLOCK_SKEW)
        except (Unavailable, Denied) as error:
            logger.warning("orphans of %s in %s: %s", execution.execution_id, place, error)
            return []
