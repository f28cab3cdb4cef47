"""Admission: no more jobs than DRS takes, and the neediest chunk first.

All chunks of all executions queue in one ledger per account and Region. Jobs that others started
count too. Whoever ends a job or seeks room pumps the queue; so does every check of a wave with
queued chunks.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from drs_orchestrator.domain.decision import QuestionKind
from drs_orchestrator.domain.errors import (
    Denied,
    ExecutionClosed,
    ExecutionNotFound,
    ExecutionPaused,
    StaleVersion,
    Unavailable,
)
from drs_orchestrator.domain.intent import AWAITS_A_DECISION, Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.quota import Grant, Ledger, QueueEntry, admit, keeps_room
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.waves.ring import ring
from drs_orchestrator.services.waves.running_jobs import running_jobs

logger = logging.getLogger(__name__)

# What one transaction can grant: three writes a chunk, and a check of each execution.
_CHUNKS_AT_ONCE = 24
# Every wave in the queue looks again after a while; one of them is enough.
_PUMP_INTERVAL = timedelta(seconds=60)


class Pumped(NamedTuple):
    """What one pump did: the keys of the intents it granted, and why it could not go on."""

    granted: list[str]
    hindrance: str | None


class Admission:
    """Queue, ledger and the bells of those whose turn has come."""

    def __init__(
        self,
        ledgers: Ledgers,
        executions: Executions,
        sites: DisasterRecoverySites,
        workflow: Workflow,
        clock: Clock,
    ) -> None:
        self._ledgers = ledgers
        self._executions = executions
        self._sites = sites
        self._workflow = workflow
        self._clock = clock

    def ask(self, intents: Sequence[Intent]) -> str | None:
        """Queue the PREPARED ones among a wave's intents, then let go whoever may.

        Returns None if one of the intents may go now, its wave has been rung; else what it waits
        for, in words.
        """
        (answer,) = self.ask_together([intents])
        return answer

    def ask_together(
        self, requests: Sequence[Sequence[Intent]], *, freed: Collection[Place] = ()
    ) -> list[str | None]:
        """Ask for several waves in one decision; return the answer to each, as `ask` does.

        All queue before anybody is let go. So what waits in the queue already does not take the
        room that one of them needs more. `freed`: places where room has just been given back.
        """
        now = self._clock.now()
        prepared = [
            intent.changed(queued_time=now, first_queued_time=intent.first_queued_time or now)
            for intents in requests
            for intent in intents
            if intent.status is IntentStatus.PREPARED
        ]
        self._ledgers.enqueue(prepared)
        fresh = {*freed, *(intent.place for intent in prepared)}
        places = sorted(fresh.union(intent.place for intents in requests for intent in intents))
        pumped = {
            place: self.pump(place) if place in fresh else self._pump_again(place)
            for place in places
        }
        return [_answer(intents, pumped) for intents in requests]

    def pump(self, place: Place) -> Pumped:
        """Grant room to the queued chunks that fit, in order, and ring their waves.

        A DRS that cannot be asked holds its own place back and nobody else: nothing is raised, the
        next pump tries again.
        """
        granted: list[str] = []
        try:
            while not self._pump_once(place, granted):
                pass  # another handler granted in between, so the queue moves: read it again
        except (Unavailable, Denied) as error:
            logger.warning("queue of %s: %s", place, error)
            return Pumped(granted, str(error))
        return Pumped(granted, None)

    def _pump_again(self, place: Place) -> Pumped:
        """Pump, unless another pump has just done that: then its hindrance is ours.

        Every wave in the queue looks again each minute; one of them is enough.
        """
        ledger = self._ledgers.read(place)
        pumped = ledger.pumped_time
        if pumped is not None and self._clock.now() < pumped + _PUMP_INTERVAL:
            return Pumped([], ledger.hindrance)
        return self.pump(place)

    def _pump_once(self, place: Place, granted: list[str]) -> bool:
        """Return whether the decision was carried out on the ledger that it was made from."""
        ledger = self._ledgers.read(place)
        if not ledger.queue:
            return True
        self._ledgers.note_pump(place, self._clock.now())
        jobs = self._read_jobs(place, ledger)
        ledger = self._without_ended(place, ledger, jobs)
        admitted = admit(ledger, _foreign(jobs, ledger), self._clock.now())
        try:
            return self._grant_all(place, ledger.version, admitted, granted)
        except StaleVersion:
            return False

    def _grant_all(
        self, place: Place, version: int, entries: Sequence[QueueEntry], granted: list[str]
    ) -> bool:
        """Grant the admitted chunks together, or those that still can be one by one.

        Together is what keeps pumps that run at the same moment from starting over for each chunk.
        """
        chunks = [(entry, intent) for entry in entries if (intent := self._queued(place, entry))]
        if len(chunks) < len(entries):
            return False  # stale entries took room in the decision, and are gone now
        for start in range(0, len(chunks), _CHUNKS_AT_ONCE):
            some = chunks[start : start + _CHUNKS_AT_ONCE]
            try:
                self._ledgers.grant(place, version, some)
            except (ExecutionClosed, ExecutionPaused) as error:
                self._put_aside(place, some, error)
                return False
            version += 1
            for entry, _ in some:
                granted.append(entry.key)
                self._ring(entry)
        return True

    def _queued(self, place: Place, entry: QueueEntry) -> Intent | None:
        """Return the entry's intent, or None after removing an entry without one."""
        intents = self._executions.intents(entry.execution_id, entry.wave)
        intent = next((i for i in intents if i.key == entry.key), None)
        if intent is None or intent.status is not IntentStatus.QUEUED:
            self._ledgers.drop_entry(place, entry)
            return None
        return intent

    def _put_aside(
        self,
        place: Place,
        chunks: Sequence[tuple[QueueEntry, Intent]],
        error: ExecutionClosed | ExecutionPaused,
    ) -> None:
        """Take the chunks of executions that start nothing, now or ever, out of the queue."""
        for entry, intent in chunks:
            execution = self._executions.get(entry.execution_id)
            if execution.starts_nothing:
                self._ledgers.drop_entry(place, entry)
            elif execution.paused_by:
                self._ledgers.withdraw(intent, str(error))

    def _read_jobs(self, place: Place, ledger: Ledger) -> list[Job]:
        """Return the jobs of the place, and note for all who wait why they cannot be read."""
        try:
            jobs = self._jobs(place, ledger)
        except (Unavailable, Denied) as error:
            self._ledgers.note_hindrance(place, str(error))
            raise
        if ledger.hindrance:
            self._ledgers.note_hindrance(place, None)
        return jobs

    def _jobs(self, place: Place, ledger: Ledger) -> list[Job]:
        """Return the recent jobs of the place, and those of grants however old."""
        named = {grant.job_id for grant in ledger.grants if grant.job_id}
        # An older foreign job that still runs is not counted; should DRS then refuse, we queue.
        return list(running_jobs(self._sites.at(place), named, self._clock.now()).values())

    def _ring(self, entry: QueueEntry) -> None:
        wave = self._executions.wave(entry.execution_id, entry.wave)
        if wave.question and wave.question.kind is not QuestionKind.STUCK:
            # Asked while it was queued: nothing is launched, nor holds room, while a person thinks.
            self._take_back(entry)
        else:
            ring(self._workflow, wave, Step(next=Next.START))

    def _take_back(self, entry: QueueEntry) -> None:
        for intent in self._executions.intents(entry.execution_id, entry.wave):
            if intent.key == entry.key and intent.status is IntentStatus.GRANTED:
                self._ledgers.withdraw(intent, AWAITS_A_DECISION)

    def _without_ended(self, place: Place, ledger: Ledger, jobs: Sequence[Job]) -> Ledger:
        """Give back room whose job has ended although nobody came to say so."""
        ended = {job.job_id: job.end_time for job in jobs if not job.is_active}
        tagged = {_grant_key(job): job for job in jobs}
        now = self._clock.now()
        done = [
            grant
            for grant in ledger.grants
            if (
                not keeps_room(grant, ended[grant.job_id], ledger, now)
                if grant.job_id in ended
                else grant.job_id is None and self._is_lost(grant, tagged)
            )
        ]
        for grant in done:
            self._ledgers.drop_grant(place, grant.key)
        return ledger.changed(grants=[grant for grant in ledger.grants if grant not in done])

    def _is_lost(self, grant: Grant, tagged: Mapping[str | None, Job]) -> bool:
        """Whether a grant without a known job has no owner that could still use it.

        The execution has ended, and no launch of it can be under way any more: none was sent, or
        the quiet period is over and DRS shows no running job with its tags.
        """
        try:
            execution = self._executions.get(grant.execution_id)
        except ExecutionNotFound:
            return True
        if not execution.status.is_final:
            return False
        intents = self._executions.intents(grant.execution_id, grant.wave)
        intent = next((i for i in intents if i.key == grant.key), None)
        if intent is None or not intent.status.may_have_job or intent.sent_time is None:
            return True
        job = tagged.get(grant.key)
        return intent.is_lost(self._clock.now()) and (job is None or not job.is_active)


def _answer(intents: Sequence[Intent], pumped: Mapping[Place, Pumped]) -> str | None:
    """Return what the chunks of a wave wait for, or None if one of them was granted."""
    if any(intent.key in pumped[intent.place].granted for intent in intents):
        return None
    places = sorted({intent.place for intent in intents})
    hindrances = [why for place in places if (why := pumped[place].hindrance)]
    return "; ".join(hindrances) or "queued: DRS runs as many jobs or servers as it admits"


def _foreign(jobs: Sequence[Job], ledger: Ledger) -> list[Job]:
    """Return the running jobs that hold no grant: started by people, or by other tools."""
    ours = {grant.job_id for grant in ledger.grants}
    keys = {grant.key for grant in ledger.grants}
    return [
        job
        for job in jobs
        if job.is_active and job.job_id not in ours and _grant_key(job) not in keys
    ]


def _grant_key(job: Job) -> str | None:
    """Return the key of the grant that a job's tags name, even before its answer has arrived."""
    try:
        execution, wave = job.tags["drsorc:execution"], job.tags["drsorc:wave"]
        attempt, chunk = int(job.tags["drsorc:attempt"]), int(job.tags["drsorc:chunk"])
    except (KeyError, ValueError):
        return None
    return f"{execution}#{wave}#{attempt:03d}#{chunk:04d}"
