"""Check the recovery of a wave: what DRS says of its jobs, and what that makes of its servers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.errors import Denied, Unavailable
from drs_orchestrator.domain.failure import overdue
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import (
    CHECK_INTERVAL_SECONDS,
    HOLD_SECONDS,
    Next,
    Step,
    check_interval_seconds,
    closing_interval_seconds,
    launch_retry_seconds,
)
from drs_orchestrator.domain.verdict import judge_wave
from drs_orchestrator.domain.way_on import following
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.questions.withdraw_question import WithdrawQuestion
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.advance_wave import AdvanceWave
from drs_orchestrator.services.waves.follow_job import FollowJob
from drs_orchestrator.services.waves.reconcile_launch import ReconcileLaunch


class Change(Enum):
    """What a look at the jobs of a place has brought."""

    NONE = auto()
    WRITTEN = auto()
    """Something new is on record of an intent."""
    ENDED = auto()
    """An intent is done with, so that its room in DRS is free."""


class Look(NamedTuple):
    """What a look at the jobs of a wave has brought."""

    intents: list[Intent]
    freed: list[Place]
    had_jobs: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of the wave's launches."""
        return all(intent.status.is_final for intent in self.intents)


class CheckWave:
    """One DescribeJobs for all running chunks of one account and Region; no change, no write."""

    def __init__(
        self,
        executions: Executions,
        sites: DisasterRecoverySites,
        admission: Admission,
        reconcile: ReconcileLaunch,
        follow: FollowJob,
        advance: AdvanceWave,
        withdraw: WithdrawQuestion,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._sites = sites
        self._admission = admission
        self._reconcile = reconcile
        self._follow = follow
        self._advance = advance
        self._withdraw = withdraw
        self._clock = clock

    def __call__(self, execution_id: str, wave: str, *, seen: Job | None = None) -> Step:
        """Look once and say what the workflow does next; `seen`: a job as DRS has just shown it.

        The room that the last job of a wave gives back is left to "Complete wave": there the waves
        that waited for this one have their say in who gets it.
        """
        look = self._look(execution_id, wave, seen)
        if not look.is_over:
            look = look._replace(intents=self._pump(execution_id, wave, look))
        step = self._answer(execution_id, wave, look.intents)
        if look.is_over and step.next is not Next.COMPLETE:
            self._pump(execution_id, wave, look)
        return step

    def look(self, execution_id: str, wave: str, *, seen: Job | None = None) -> list[Intent]:
        """Look at the wave's jobs and its place in the queue; return its intents after that."""
        return self._pump(execution_id, wave, self._look(execution_id, wave, seen))

    def _look(self, execution_id: str, wave: str, seen: Job | None) -> Look:
        """Look at the wave's jobs only."""
        intents = self._executions.intents(execution_id, wave)
        running = [intent for intent in intents if intent.status.may_have_job]
        looked = {
            place: self._try_to_look(place, [i for i in running if i.place == place], seen)
            for place in sorted({intent.place for intent in running})
        }
        freed = [place for place, change in looked.items() if change is Change.ENDED]
        if any(change is not Change.NONE for change in looked.values()):
            intents = self._executions.intents(execution_id, wave)
        return Look(intents, freed, had_jobs=bool(running))

    def _pump(self, execution_id: str, wave: str, look: Look) -> list[Intent]:
        """Give freed room to whoever is next, our own chunks too; return the intents after that."""
        queued = [intent for intent in look.intents if intent.status is IntentStatus.QUEUED]
        granted = [
            self._pump_place(place, queued)
            for place in sorted({*look.freed, *(intent.place for intent in queued)})
        ]
        again = look.had_jobs and self._queue_again(execution_id, wave, look.intents)
        if again or any(granted):
            return self._executions.intents(execution_id, wave)
        return look.intents

    def _queue_again(self, execution_id: str, name: str, intents: Sequence[Intent]) -> bool:
        """Queue what a pause took out of the queue, and need not wait for what still runs."""
        unsent = [intent for intent in intents if intent.status is IntentStatus.PREPARED]
        if not unsent:
            return False
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        clearance = clear_wave(waves[name], waves, self._executions.get(execution_id))
        if clearance.answer is not Answer.PROCEED:
            return False
        self._admission.ask(unsent)
        return True

    def _try_to_look(self, place: Place, intents: Sequence[Intent], seen: Job | None) -> Change:
        """Return what became of the intents. A place out of reach holds up its own jobs only."""
        try:
            return self._look_at_jobs(place, intents, seen)
        except (Unavailable, Denied) as error:
            for intent in self._executions.intents(intents[0].execution_id, intents[0].wave):
                if intent.place == place and intent.status.may_have_job:
                    self._note(intent, str(error))
            return Change.NONE

    def _pump_place(self, place: Place, queued: Sequence[Intent]) -> bool:
        """Return whether something was granted; else a queued chunk tells what stands in its way.

        Should another handler grant it just now, the version that was read here has gone.
        """
        granted, hindrance = self._admission.pump(place)
        if hindrance:
            for intent in queued:
                if intent.place == place and intent.key not in granted:
                    self._note(intent, hindrance)
        return bool(granted)

    def _note(self, intent: Intent, reason: str) -> None:
        if intent.reason != reason:
            self._executions.save_intent(intent.changed(reason=reason))

    def _look_at_jobs(self, place: Place, intents: Sequence[Intent], seen: Job | None) -> Change:
        drs = self._sites.at(place)
        known = [self._reconcile(drs, i) if i.job_id is None else i for i in intents]
        followed = [i for i in known if i.status is IntentStatus.CONFIRMED and i.job_id]
        jobs = {seen.job_id: seen} if seen else {}
        jobs |= drs.jobs({intent.job_id for intent in followed if intent.job_id} - jobs.keys())
        after = [self._follow(drs, intent, jobs.get(intent.job_id or "")) for intent in followed]
        if any(intent.status.is_final for intent in (*known, *after)):
            return Change.ENDED
        latest = {intent.key: intent for intent in (*known, *after)}
        written = any(latest[intent.key] != intent for intent in intents)
        return Change.WRITTEN if written else Change.NONE

    def _answer(self, execution_id: str, name: str, intents: Sequence[Intent]) -> Step:
        """Return the next step: a first grant goes at once, what was begun is looked at."""
        statuses = {intent.status for intent in intents}
        runs = any(status.may_have_job for status in statuses)
        if IntentStatus.GRANTED in statuses and not any(intent.began for intent in intents):
            return Step(next=Next.START, wait_seconds=0)
        if runs or IntentStatus.GRANTED in statuses:
            return self._go_on(execution_id, name, intents)
        if not all(status.is_final for status in statuses):
            return self._hold(execution_id, name, intents)
        return self._end(execution_id, name, intents)

    def _hold(self, execution_id: str, name: str, intents: Sequence[Intent]) -> Step:
        """Return the next step of a wave whose other launches wait for their turn: a question about
        stuck jobs is not asked where it waits for it.
        """
        wave = self._withdraw(execution_id, self._executions.wave(execution_id, name), intents)
        if wave.skipped_by or wave.aborted_by:
            return following(wave)
        if wave.question:
            return Step(next=Next.FAIL, wait_seconds=0)
        return Step(next=Next.HOLD, wait_seconds=HOLD_SECONDS)

    def _end(self, execution_id: str, name: str, intents: Sequence[Intent]) -> Step:
        """Return the next step of a wave whose launches have all ended."""
        wave = self._withdraw(execution_id, self._executions.wave(execution_id, name), intents)
        if wave.question or wave.aborted_by:
            # Answered in the same moment: what that makes of the wave is found where it waits.
            return Step(next=Next.FAIL, wait_seconds=0)
        # Without any intent there was none of its servers to launch: that is a failure like others.
        given_up = intents and all(each.status is IntentStatus.ABANDONED for each in intents)
        if wave.skipped_by or given_up:
            return Step(next=Next.COMPLETE, wait_seconds=0)
        servers = self._executions.servers(execution_id, name)
        status, _ = judge_wave(servers, wave.success_policy)
        if not status.came_up:
            return Step(next=Next.FAIL, wait_seconds=0)
        return self._advance.after_launch(execution_id, wave)

    def _go_on(self, execution_id: str, name: str, intents: Sequence[Intent]) -> Step:
        """Return the way to an end that was decided, to a question, to a launch, or a wait.

        The question comes before the launches: while it stands, the wave tries what is granted from
        there, and so each time hears what was answered.
        """
        now = self._clock.now()
        wave = self._executions.wave(execution_id, name)
        if wave.skipped_by or wave.aborted_by:
            return following(wave)
        runs = any(intent.status.may_have_job for intent in intents)
        if overdue(wave, intents, now) and (runs or wave.question):
            return Step(next=Next.FAIL, wait_seconds=0)
        if self._withdraw(execution_id, wave, intents).question:
            return Step(next=Next.FAIL, wait_seconds=0)
        if not runs or any(intent.is_due(now) for intent in intents):
            return Step(next=Next.START, wait_seconds=0)
        return Step(next=Next.WAIT, wait_seconds=_check_seconds(intents, now))


def _check_seconds(intents: Sequence[Intent], now: datetime) -> int:
    """Return a wait that stretches with time; it is shorter for a while when a job nears its end.

    A launch that is tried again and again makes each look dearer, so that there are fewer.
    """
    running = [intent for intent in intents if intent.status.may_have_job]
    age = now - min(intent.began or now for intent in running)
    if any(intent.is_retried for intent in intents):
        return launch_retry_seconds(age)
    seconds = check_interval_seconds(age)
    if seconds > CHECK_INTERVAL_SECONDS:  # the history of a long wait has no room for more
        return seconds
    return min(_closing_seconds(intent, now) or seconds for intent in running)


def _closing_seconds(intent: Intent, now: datetime) -> int | None:
    since = intent.last_result_time or intent.first_result_time
    all_there = intent.last_result_time is not None
    return closing_interval_seconds(now - since, all_there=all_there) if since else None
