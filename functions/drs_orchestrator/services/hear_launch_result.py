"""Hear of a launch result: DRS says at once what the wave's next check would find out."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import Denied, NotFound, StaleVersion, Unavailable
from drs_orchestrator.domain.job import LaunchOwner, launch_owner
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import Next
from drs_orchestrator.domain.wave import WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.check_wave import CheckWave
from drs_orchestrator.services.end_wave import EndWave
from drs_orchestrator.services.follow_ended import FollowEnded

logger = logging.getLogger(__name__)


class HearLaunchResult:
    """Events only accelerate: they come late, twice or never, and what they say is looked up."""

    def __init__(
        self,
        executions: Executions,
        ledgers: Ledgers,
        sites: DisasterRecoverySites,
        check_wave: CheckWave,
        end_wave: EndWave,
        follow_ended: FollowEnded,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._sites = sites
        self._check_wave = check_wave
        self._end_wave = end_wave
        self._follow_ended = follow_ended

    def __call__(self, place: Place, job_id: str) -> None:
        """Check the wave that the job belongs to, and end it if that was its last one.

        Raises nothing that another try could heal: the wave's own checks come anyway.
        """
        try:
            owner = self._owner(place, job_id)
            if owner is None:
                logger.info("job %s in %s is none of ours", job_id, place)
                return
            self._look(owner)
        except (Unavailable, Denied, NotFound, StaleVersion) as error:
            logger.info(
                "launch result of job %s in %s left to the next check: %s", job_id, place, error
            )

    def _owner(self, place: Place, job_id: str) -> LaunchOwner | None:
        """Return the launch that holds room for the job, or that the job's tags name."""
        for grant in self._ledgers.read(place).grants:
            if grant.job_id == job_id:
                return LaunchOwner(grant.execution_id, grant.wave)
        job = self._sites.at(place).jobs([job_id]).get(job_id)
        return launch_owner(job) if job else None

    def _look(self, owner: LaunchOwner) -> None:
        wave = self._executions.wave(owner.execution_id, owner.wave)
        if wave.status.is_final:
            self._follow_ended(self._executions.get(owner.execution_id))
        elif wave.status is WaveStatus.RUNNING and wave.phase is WavePhase.LAUNCH:
            self._check(owner, wave)

    def _check(self, owner: LaunchOwner, wave: WaveRecord) -> None:
        if wave.health_check or wave.post_actions:
            # Only the wave's own workflow goes on to the next phase; here is nothing but the look.
            self._check_wave.look(*owner)
        elif self._check_wave(*owner).next is Next.COMPLETE:
            self._end_wave.complete(*owner)
