"""Hear of a launch result: DRS says at once what the wave's next check would find out."""

from __future__ import annotations

import logging
from datetime import timedelta

from drs_orchestrator.domain.decision import QuestionKind, question_rest_seconds
from drs_orchestrator.domain.errors import Denied, NotFound, StaleVersion, Unavailable
from drs_orchestrator.domain.job import Job, LaunchOwner, launch_owner
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.wave import WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Time
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.executions.follow_ended import FollowEnded
from drs_orchestrator.services.waves.check_wave import CheckWave
from drs_orchestrator.services.waves.end_wave import EndWave
from drs_orchestrator.services.waves.ring import ring

logger = logging.getLogger(__name__)

# A job ends 2 to 3 s after its last server, and DRS tells of servers only. To wait here for its end
# is cheaper than to let every wave that comes after it wait for the next check. Six short pauses,
# each with the look after it, cover those seconds; a later end is not worth as many calls of DRS.
_PAUSES_SECONDS = (0.5,) * 6 + (1.0,) * 17
# The last server's own event may come seconds after the job's end, or never: whoever hears of the
# last but one waits for both. With the pauses above that is well below a function's time-out.
_PAUSES_BEFORE_LAST_SECONDS = (2.0,) * 20
_AWAITED_FOR = timedelta(seconds=45)


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
        workflow: Workflow,
        clock: Time,
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._sites = sites
        self._check_wave = check_wave
        self._end_wave = end_wave
        self._follow_ended = follow_ended
        self._workflow = workflow
        self._clock = clock

    def __call__(self, place: Place, job_id: str) -> None:
        """Check the wave that the job belongs to, and end it if that was its last one.

        While several servers of the job are under way nothing follows from one result: that is left
        to the next check. Raises nothing that another try could heal: the wave's own checks come
        anyway.
        """
        try:
            job = self._job(place, job_id)
            if job and job.is_active and not (job.is_closing or job.awaits_one):
                return
            owner = self._owner(place, job_id, job)
            if owner is None:
                logger.info("job %s in %s is none of ours", job_id, place)
            elif not (job and job.is_active):
                self._look(owner, job)
            elif last_seen := self._outlast(owner, place, job):
                self._look(owner, last_seen)
        except (Unavailable, Denied, NotFound, StaleVersion) as error:
            logger.info(
                "launch result of job %s in %s left to the next check: %s", job_id, place, error
            )

    def _job(self, place: Place, job_id: str) -> Job | None:
        return self._sites.at(place).jobs([job_id]).get(job_id)

    def _owner(self, place: Place, job_id: str, job: Job | None) -> LaunchOwner | None:
        """Return the launch that the job's tags name, or that holds room for it."""
        owner = launch_owner(job) if job else None
        if owner:
            return owner
        for grant in self._ledgers.read(place).grants:
            if grant.job_id == job_id:
                return LaunchOwner(grant.execution_id, grant.wave)
        return None

    def _outlast(self, owner: LaunchOwner, place: Place, job: Job) -> Job | None:
        """Wait for the end of a job that is near; return how it ended.

        None: it is left to the next check, or to another. One waits for all: whoever writes first
        that it does. The events of a job's last servers come together.
        """
        intents = self._executions.intents(*owner)
        intent = next((each for each in intents if each.job_id == job.job_id), None)
        if intent is None:
            return job
        now, since = self._clock.now(), intent.awaited_since
        if since and now < since + _AWAITED_FOR:
            return None
        seen = intent.last_result_time or (now if job.is_closing else None)
        self._executions.save_intent(intent.changed(last_result_time=seen, awaited_since=now))
        return self._watch(place, job)

    def _watch(self, place: Place, job: Job) -> Job | None:
        """Look again and again; return the job as it ended, or None if that takes too long."""
        before, after = iter(_PAUSES_BEFORE_LAST_SECONDS), iter(_PAUSES_SECONDS)
        while pause := next(after if job.is_closing else before, None):
            self._clock.sleep(pause)
            later = self._job(place, job.job_id)
            if later is None or not later.is_active:
                return later
            job = later
        return None

    def _look(self, owner: LaunchOwner, job: Job | None) -> None:
        wave = self._executions.wave(owner.execution_id, owner.wave)
        if wave.status.is_final:
            self._follow_ended(self._executions.get(owner.execution_id))
        elif wave.status is WaveStatus.RUNNING and wave.phase is WavePhase.LAUNCH:
            self._check(owner, wave, job)
        elif wave.question and wave.question.kind is QuestionKind.STUCK:
            # Where it waits for an answer it looks at its jobs; by itself, ever more seldom.
            seconds = question_rest_seconds(wave.question, self._clock.now())
            ring(self._workflow, wave, Step(next=Next.ASK, wait_seconds=seconds))

    def _check(self, owner: LaunchOwner, wave: WaveRecord, job: Job | None) -> None:
        if wave.health_check or wave.post_actions:
            # Only the wave's own workflow goes on to the next phase; here is nothing but the look.
            self._check_wave.look(*owner, seen=job)
        elif self._check_wave(*owner, seen=job).next is Next.COMPLETE:
            self._end_wave.complete(*owner)
