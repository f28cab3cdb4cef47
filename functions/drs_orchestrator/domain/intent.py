"""Intents: what is written before DRS is asked to launch anything.

A wave is cut into chunks, one DRS job each. The intent of a chunk carries it through

    PREPARED -> QUEUED -> GRANTED -> SENT -> CONFIRMED -> ENDED

SENT is written before the call, so that a crash leaves a trace; whether a SENT intent has a job is
found out by looking, never by asking again at once. REFUSED: DRS said no, nothing was launched.
ABANDONED: never sent, or sent without effect and not to be sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import retry_beside_jobs_seconds

# Longer than the quiet period of any deployment, which is longer than DRS hides a job from lists.
_LOST_AFTER = timedelta(minutes=30)

# Why a launch that had room, or a place in the queue, gave it up.
AWAITS_A_DECISION = "the wave waits for a decision"
# Why nothing comes of it any more.
NOT_ITS_TURN = "the wave ended before its turn"


class IntentStatus(StrEnum):
    """How far the launch of one chunk has come."""

    PREPARED = "PREPARED"
    QUEUED = "QUEUED"
    GRANTED = "GRANTED"
    SENT = "SENT"
    CONFIRMED = "CONFIRMED"
    ENDED = "ENDED"
    REFUSED = "REFUSED"
    ABANDONED = "ABANDONED"

    @property
    def may_have_job(self) -> bool:
        """Whether DRS may be working for it."""
        return self in {IntentStatus.SENT, IntentStatus.CONFIRMED}

    @property
    def is_under_way(self) -> bool:
        """Whether it has its room in DRS, and may launch or has launched."""
        return self is IntentStatus.GRANTED or self.may_have_job

    @property
    def is_final(self) -> bool:
        """Whether nothing more will come of it."""
        return self in {IntentStatus.ENDED, IntentStatus.REFUSED, IntentStatus.ABANDONED}


class Intent(Model):
    """The launch of one chunk of one wave, at most 100 servers of one account and Region."""

    execution_id: str
    execution_type: ExecutionType
    wave: str
    attempt: int
    chunk: int
    account_id: str
    region: str
    source_server_ids: list[str]
    snapshot_ids: dict[str, str] = {}
    """The pinned recovery snapshot by server id; other servers are launched from the latest."""
    remaining_path: int
    status: IntentStatus = IntentStatus.PREPARED
    queued_time: datetime | None = None
    first_queued_time: datetime | None = None
    """Never set anew: how long it waits in all."""
    not_before: datetime | None = None
    """DRS itself said that it is full, or was out of reach: no other try before this time.

    Of a GRANTED one only while its wave has something else to look at.
    """
    tried_since: datetime | None = None
    """Since when it has its room in DRS and is tried in vain."""
    sent_time: datetime | None = None
    """Of the last call."""
    first_sent_time: datetime | None = None
    """Of the first: the deadline of its wave counts from it."""
    sends: int = 0
    """How often the call was made: more than once only after proof that it had no effect."""
    job_id: str | None = None
    job_digest: str | None = None
    """What the job looked like at the last check."""
    first_result_time: datetime | None = None
    """Since when a server of its job is seen with its launch result."""
    last_result_time: datetime | None = None
    """Since when each is: the job's end is near."""
    awaited_since: datetime | None = None
    """Since when the handler of an event waits for the end of its job."""
    job_start_time: datetime | None = None
    job_end_time: datetime | None = None
    reason: str | None = None
    conflicts: int = 0
    """How often DRS refused it because of its servers' state."""
    had_no_effect: bool = False
    """Of a SENT one: its call launched nothing, and it waits for the jobs of others that hold its
    servers.
    """
    unclear_since: datetime | None = None
    """Since when its job is missing from DRS, or has ended without showing all its instances."""
    unclear_looks: int = 0
    version: int = 1

    @property
    def began(self) -> datetime | None:
        """When its first call was made; None: never."""
        return self.first_sent_time or self.sent_time

    @property
    def place(self) -> Place:
        """The account and Region of its servers."""
        return Place(self.account_id, self.region)

    @property
    def key(self) -> str:
        """Its name in the ledger of its place."""
        return f"{self.execution_id}#{self.wave}#{self.attempt:03d}#{self.chunk:04d}"

    @property
    def is_unanswered(self) -> bool:
        """Whether it was sent, and no job of it is known."""
        return self.status is IntentStatus.SENT and self.job_id is None

    @property
    def may_be_given_up(self) -> bool:
        """Whether something could come of it yet, and DRS does not work for it, nor may."""
        if self.status is IntentStatus.SENT:
            return self.had_no_effect
        return not (self.status.is_final or self.status.may_have_job)

    def is_lost(self, now: datetime) -> bool:
        """Whether no call of it is under way any more, and DRS would long list a job of it."""
        return self.sent_time is None or now > self.sent_time + _LOST_AFTER

    def is_due(self, now: datetime) -> bool:
        """Whether it has room in DRS, and was not tried in vain just now."""
        is_granted = self.status is IntentStatus.GRANTED
        return is_granted and (self.not_before is None or now >= self.not_before)

    @property
    def is_retried(self) -> bool:
        """Whether it was tried in vain, or may be tried at any moment."""
        refused = self.status is IntentStatus.QUEUED and self.not_before is not None
        return refused or self.status is IntentStatus.GRANTED

    def granted_again(self, tried_time: datetime, reason: str | None) -> Intent:
        """Return it as after a try without effect: the longer it is tried, the later again."""
        since = self.tried_since or tried_time
        seconds = retry_beside_jobs_seconds(tried_time - since)
        return self.changed(
            status=IntentStatus.GRANTED,
            tried_since=since,
            not_before=tried_time + timedelta(seconds=seconds),
            reason=reason,
        )

    def given_up(self) -> Intent:
        """Return it as one that nothing comes of, for its wave has ended."""
        reason = f"{NOT_ITS_TURN}: {self.reason}" if self.had_no_effect else NOT_ITS_TURN
        return self.changed(status=IntentStatus.ABANDONED, reason=reason)

    def without_room(self, *, not_before: datetime | None) -> Intent:
        """Return it as after calls without effect that count no more: when it has room again, its
        deadline begins anew.
        """
        return self.changed(
            tried_since=None, first_sent_time=None, sent_time=None, not_before=not_before
        )

    @property
    def tags(self) -> dict[str, str]:
        """The tags of its DRS job: by them a job is found whose answer was lost."""
        return {
            "drsorc:execution": self.execution_id,
            "drsorc:wave": self.wave,
            "drsorc:chunk": str(self.chunk),
            "drsorc:attempt": str(self.attempt),
            "drsorc:mode": self.execution_type.value,
            "ExecutionType": self.execution_type.value,
        }
