"""A launch that DRS was not asked for, or not any more, was given up for a reason (I7).

No room is none, however long: such a launch waits. Nor is a server that a job holds, whoever
started it: that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from local.drs import CallRecord, JobTruth
from local.drs.state import Scope
from local.virtual.calls import RefusedCall
from local.virtual.processes import BEGINNING
from tests.simulation.evidence import Evidence, key_of
from tests.simulation.stored import ExecutionRecords, IntentKey, Record

_CONFLICT = "ConflictException"
_NO_ROOM = "ServiceQuotaExceededException"
# What may pass, or says nothing of whether a job began. The last one is not in DRS's model: the
# credentials were too old.
NO_CLEAR_NO = {
    "OK",
    "LostRequest",
    "LostAnswer",
    "ThrottlingException",
    "InternalServerException",
    "ExpiredTokenException",
    _CONFLICT,
    _NO_ROOM,
}
# What is read of servers before a launch is sent: a clear no to that is one to the launch.
_READS = {"DescribeSourceServers", "DescribeRecoveryInstances", "DescribeJobs"}
# After so many refusals, each of servers that no job holds, they are believed.
_CONFLICTS_TO_BELIEVE = 3
# From then on a launch without an answer is looked for; less what clocks and calls are off.
_LOOKED_FOR_AFTER = timedelta(seconds=120 - 15)
# From a look at DRS to what is on record of it.
_LOOK = timedelta(minutes=5)
# For so long after its job a recovery may be on its way into the list of instances.
_INSTANCE_LAG = timedelta(minutes=15)


def refusals_have_a_cause(now: Evidence) -> Iterator[str]:
    """I7: a launch is REFUSED only for a clear no of DRS, for a real recovery that it would
    replace, or because DRS kept refusing servers that no job held.

    One without servers is left to what is said of these.
    """
    for name, records in now.executions.items():
        for key, intent in records.intents.items():
            if intent["status"] == "REFUSED" and intent["sourceServerIds"]:
                refused = _Refused(now, name, key)
                if not refused.has_a_cause:
                    yield f"I7: {'/'.join(map(str, key))} of {name} was refused: {intent['reason']}"


def refused_for_drs(now: Evidence, name: str) -> Iterator[RefusedCall]:
    """Yield the calls of DRS by an execution that somebody else answered with a clear no."""
    for each in now.refused:
        is_its = each.call.labels.get("executionId") == name
        if each.call.service == "drs" and is_its and each.code not in NO_CLEAR_NO:
            yield each


class _Refused:
    """A launch that was refused, and what may have been its cause."""

    def __init__(self, now: Evidence, name: str, key: IntentKey) -> None:
        self._now = now
        self._name = name
        self._key = key
        self._records: ExecutionRecords = now.executions[name]
        self._intent: Record = self._records.intents[key]
        self._scope = Scope(self._intent["accountId"], self._intent["region"])
        self._servers = frozenset(self._intent["sourceServerIds"])
        # When it was seen so: a watch that looks seldom sees it late.
        self._until = now.since.get(name, {}).get(key, now.now)
        queued = self._intent.get("firstQueuedTime")
        self._since = (datetime.fromisoformat(queued) if queued else BEGINNING) - _LOOK

    @property
    def has_a_cause(self) -> bool:
        """Whether anything that is true was cause enough."""
        return (
            self._was_denied()
            or self._was_kept_refusing()
            or self._would_replace_a_recovery()
            or self._was_kept_from_drs()
        )

    def _was_denied(self) -> bool:
        """Whether DRS gave a clear no to the launch, or to what is read before it."""
        if any(_is_clear_no(call, self._now) for call in self._sent):
            return True
        return any(
            call.operation in _READS and _is_clear_no(call, self._now)
            for call in self._now.calls
            if (call.account_id, call.region) == self._scope and self._meanwhile(call.at)
        )

    def _was_kept_from_drs(self) -> bool:
        """Whether somebody else gave a clear no to a call of its wave, in the place of DRS."""
        return any(self._meanwhile(each.at) for each in refused_for_drs(self._now, self._name))

    def _was_kept_refusing(self) -> bool:
        """Whether DRS refused it often enough while no job held its servers: at that moment, or
        when it was looked for. One that began between the two may not be listed yet.
        """
        sent = self._sent
        ends = [*(call.at for call in sent), self._until][1:]
        refusals = [
            self._was_free_at(call.at) or self._was_free_between(call.at + _LOOKED_FOR_AFTER, end)
            for call, end in zip(sent, ends, strict=True)
            if call.outcome == _CONFLICT
        ]
        return refusals.count(True) >= _CONFLICTS_TO_BELIEVE

    def _was_free_between(self, begin: datetime, end: datetime) -> bool:
        """Whether there was a moment at which no job held any of its servers."""
        ends = [job.ended_at for job in self._holders if job.ended_at]
        changes = [each for each in ends if begin <= each <= end]
        moments = [begin, *changes] if begin <= end else []
        return any(map(self._was_free_at, moments))

    def _was_free_at(self, moment: datetime) -> bool:
        return not any(_runs(job, moment) for job in self._holders)

    def _would_replace_a_recovery(self) -> bool:
        """Whether a real recovery, or what may be one, lived on one of its servers, or was on its
        way to one.
        """
        lived = any(
            not (each.is_drill and self._now.modes_are_told)
            and each.source_server_id in self._servers
            and each.launched_at <= self._until
            and (each.terminated_at is None or each.terminated_at >= self._since)
            for each in self._now.truths[self._scope].instances
        )
        return lived or any(
            job.kind == "LAUNCH"
            and not job.is_drill
            and self._servers & set(job.server_ids)
            and job.created_at <= self._until
            and (job.ended_at is None or job.ended_at >= self._since - _INSTANCE_LAG)
            for job in self._jobs()
        )

    def _jobs(self) -> tuple[JobTruth, ...]:
        return self._now.truths[self._scope].jobs

    @cached_property
    def _holders(self) -> list[JobTruth]:
        """The jobs that held any of its servers at some time."""
        return [job for job in self._jobs() if self._servers & set(job.server_ids)]

    @cached_property
    def _sent(self) -> list[CallRecord]:
        """The calls with which it was sent."""
        return [
            call
            for call in self._now.calls
            if call.operation == "StartRecovery"
            and (tags := call.params.get("tags", {})).get("drsorc:execution") == self._name
            and key_of(tags) == self._key
        ]

    def _meanwhile(self, moment: datetime) -> bool:
        return self._since <= moment <= self._until


def _runs(job: JobTruth, moment: datetime) -> bool:
    return job.created_at <= moment and (job.ended_at is None or job.ended_at > moment)


def _is_clear_no(call: CallRecord, now: Evidence) -> bool:
    if call.outcome == _NO_ROOM:
        # More servers than a job takes never find room.
        return len(call.params.get("sourceServers", ())) > now.quotas.servers_per_job
    return call.outcome not in NO_CLEAR_NO
