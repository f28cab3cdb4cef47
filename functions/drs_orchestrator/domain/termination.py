"""The termination of one drill instance, from the first look to its result.

    PREPARED -> SENT -> CONFIRMED -> ENDED

SENT is written before DRS is called. TerminateRecoveryInstances has no token and its job no tags:
whether a SENT one had its effect is found out by looking, never by asking again at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from drs_orchestrator.domain.drill_instance import Checks
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import Place, ServerKey
from drs_orchestrator.domain.sighting import Known, Moment, Sighting

# DRS's lists lag behind and may be empty once; so many looks in a row must agree, each so long
# after the one before: two steps may look within a second.
_LOOKS_TO_BELIEVE = 3
_LOOKS_APART = timedelta(seconds=20)
# How long an instance may live on after the end of the job that terminates it.
_LINGERS = timedelta(minutes=5)


class TerminationStatus(StrEnum):
    """How far the call for one instance has come."""

    PREPARED = "PREPARED"
    SENT = "SENT"
    CONFIRMED = "CONFIRMED"
    ENDED = "ENDED"


class TerminationResult(StrEnum):
    """What became of one server of a drill."""

    TERMINATED = "TERMINATED"
    ALREADY_GONE = "ALREADY_GONE"
    """Terminated by somebody else, or replaced by a later launch."""
    NEVER_LAUNCHED = "NEVER_LAUNCHED"
    """DRS never showed an instance of this drill."""
    REFUSED = "REFUSED"
    """It lives, and not all proofs hold that it is this drill's."""
    LEFT = "LEFT"
    """It lives, or may live, and could not be terminated."""


class Termination(Model):
    """One server that a drill launched, or may have launched."""

    execution_id: str
    attempt: int
    """The clean-up's attempt that looks after it, or did last."""
    source_server_id: str
    account_id: str
    region: str
    recovery_instance_id: str | None = None
    launch_job_id: str | None = None
    checks: Checks | None = None
    status: TerminationStatus = TerminationStatus.PREPARED
    sent_time: datetime | None = None
    sends: int = 0
    refusals: int = 0
    """How often DRS refused a call that named it; calls get smaller with it."""
    job_id: str | None = None
    """The TERMINATE job."""
    looks: int = 0
    """How often in a row DRS showed something that is believed only after a while."""
    looked_time: datetime | None = None
    """Of the last look that counts."""
    result: TerminationResult | None = None
    reason: str | None = None
    version: int = 0
    """0: not stored yet."""

    @property
    def place(self) -> Place:
        """The account and Region of its server."""
        return Place(self.account_id, self.region)

    @property
    def key(self) -> ServerKey:
        """Its server across accounts and Regions."""
        return ServerKey(self.place, self.source_server_id)

    @property
    def known(self) -> Known:
        """What earlier looks have brought to light."""
        return Known(self.recovery_instance_id, self.job_id)

    @property
    def is_left(self) -> bool:
        """Whether its clean-up is incomplete because of it."""
        return self.result in {TerminationResult.REFUSED, TerminationResult.LEFT}

    @property
    def is_believed(self) -> bool:
        """Whether enough looks agree."""
        return self.looks >= _LOOKS_TO_BELIEVE

    def seen_again(self, now: datetime) -> Termination:
        """Return it after one more look that agrees, which counts unless it comes too soon."""
        too_soon = self.looks and self.looked_time and now < self.looked_time + _LOOKS_APART
        return self if too_soon else self.changed(looks=self.looks + 1, looked_time=now)

    def ended(self, result: TerminationResult, reason: str | None = None) -> Termination:
        """Return it with its result."""
        ended = TerminationStatus.ENDED
        return self.changed(status=ended, result=result, reason=reason, looks=0)

    def left(self, result: TerminationResult, reason: str) -> Termination:
        """Return it as left, with the status that another attempt goes on from."""
        return self.changed(result=result, reason=reason, looks=0)

    def reopened(self, attempt: int) -> Termination:
        """Return it for another attempt of the clean-up, which looks again at all but those that
        it terminated itself: what is left is tried again, and what was not there may be.
        """
        if attempt == self.attempt:
            return self
        if self.result is TerminationResult.TERMINATED:
            return self.changed(attempt=attempt)
        ended = self.status is TerminationStatus.ENDED
        status = TerminationStatus.PREPARED if ended else self.status
        return self.changed(
            attempt=attempt, status=status, result=None, reason=None, refusals=0, looks=0
        )


def never_launched(termination: Termination) -> Termination:
    """Return one whose launch is known to have come to nothing; of an instance that was seen there
    is more to say.
    """
    was_seen = termination.recovery_instance_id is not None
    if termination.result or was_seen or termination.status is not TerminationStatus.PREPARED:
        return termination
    return termination.ended(TerminationResult.NEVER_LAUNCHED)


def is_ready(termination: Termination, seen: Sighting) -> bool:
    """Whether it may be sent now: all proofs hold at this look, and no job holds the server."""
    return (
        termination.result is None
        and termination.status is TerminationStatus.PREPARED
        and seen.instance is not None
        and seen.instance.is_live
        and seen.checks is not None
        and seen.checks.may_terminate
        and not seen.busy_with
    )


def observe(termination: Termination, seen: Sighting, moment: Moment) -> Termination:
    """Return what a look at DRS makes of it."""
    if termination.result is not None:
        return termination
    match termination.status:
        case TerminationStatus.SENT:
            return _sent(termination, seen, moment)
        case TerminationStatus.CONFIRMED:
            return _confirmed(termination, seen, moment.now)
        case _:
            return _prepared(termination, seen, moment.now)


def given_up(termination: Termination, reason: str) -> Termination:
    """Return one without a result as left, with its own reason if it has one."""
    job = f"job {termination.job_id} still runs" if termination.job_id else None
    confirmed = termination.status is TerminationStatus.CONFIRMED
    if confirmed and termination.is_believed:
        return termination.ended(TerminationResult.TERMINATED, job)
    details = [detail for detail in (reason, termination.reason or job) if detail]
    return termination.left(TerminationResult.LEFT, ": ".join(details))


def _prepared(termination: Termination, seen: Sighting, now: datetime) -> Termination:
    if seen.may_come_up:
        return termination.changed(looks=0, reason=seen.may_come_up)
    if seen.instance is None or seen.checks is None:
        return _absent(termination, seen, now)
    current = termination.changed(
        recovery_instance_id=seen.instance.recovery_instance_id,
        launch_job_id=seen.instance.job_id,
        checks=seen.checks,
    )
    if not seen.checks.may_terminate:
        objection = seen.checks.objection(seen.instance)
        current = current.seen_again(now)
        if not current.is_believed:
            return current.changed(reason=objection)
        return current.left(TerminationResult.REFUSED, objection)
    waits = f"waits for job {seen.busy_with[0].job_id}" if seen.busy_with else termination.reason
    return current.changed(looks=0, reason=waits)


def _absent(termination: Termination, seen: Sighting, now: datetime) -> Termination:
    """Return it after a look that shows no instance of the drill on its server."""
    termination = termination.seen_again(now)
    if not termination.is_believed:
        return termination
    if termination.recovery_instance_id is None:
        return termination.ended(TerminationResult.NEVER_LAUNCHED)
    other = seen.instance
    if termination.status is not TerminationStatus.PREPARED and other is None:
        return termination.ended(TerminationResult.TERMINATED)
    replaced = (
        f"replaced by {other.recovery_instance_id} of job {other.job_id}, which is not touched"
        if other
        else "DRS does not list it any more"
    )
    return termination.ended(TerminationResult.ALREADY_GONE, replaced)


def _sent(termination: Termination, seen: Sighting, moment: Moment) -> Termination:
    job = next((job for job in seen.busy_with if job.kind == "TERMINATE"), None)
    if job:
        return termination.changed(
            status=TerminationStatus.CONFIRMED, job_id=job.job_id, looks=0, reason=None
        )
    if not _lives(termination, seen):
        return _absent(termination, seen, moment.now)
    sent = termination.sent_time or moment.now
    if moment.now < sent + moment.quiet or seen.busy_with:
        return termination.changed(looks=0)
    return termination.changed(
        status=TerminationStatus.PREPARED, looks=0, reason="the call before had no effect"
    )


def _confirmed(termination: Termination, seen: Sighting, now: datetime) -> Termination:
    job = seen.termination
    if _lives(termination, seen):
        return _outlives(termination, seen, job, now)
    return _not_listed(termination, job, now) if job else _absent(termination, seen, now)


def _not_listed(termination: Termination, job: Job, now: datetime) -> Termination:
    """Return it after a look that does not show the instance which a job is to terminate."""
    if job.is_active:
        # It may hang on because of another server; that this one is gone is noted.
        return termination if termination.is_believed else termination.seen_again(now)
    termination = termination.seen_again(now)
    if termination.is_believed:
        return termination.ended(TerminationResult.TERMINATED)
    return termination.changed(reason=f"job {job.job_id} has ended; to be looked for again")


def _outlives(
    termination: Termination, seen: Sighting, job: Job | None, now: datetime
) -> Termination:
    """Return it after a look that shows the instance alive, maybe for longer than its job."""
    if job and job.is_active:
        return termination.changed(looks=0)
    ended = (job.end_time if job else None) or termination.sent_time or now
    if now < ended + _LINGERS:
        return termination.changed(looks=0, reason=None)
    state = seen.instance.ec2_instance_state if seen.instance else None
    return termination.changed(status=TerminationStatus.PREPARED).left(
        TerminationResult.LEFT,
        f"job {termination.job_id} has ended, yet {termination.recovery_instance_id} is {state}; "
        "see its job log in DRS",
    )


def _lives(termination: Termination, seen: Sighting) -> bool:
    instance = seen.instance
    return bool(instance and instance.recovery_instance_id == termination.recovery_instance_id)
