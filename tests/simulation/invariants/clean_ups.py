"""A clean-up that has ended says what became of every server; one that leaves something, or is
INCOMPLETE, is so for a cause (I7).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from local.drs import CallRecord
from local.drs.state import Scope
from local.virtual.processes import BEGINNING
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import visits
from tests.simulation.invariants.refusals import NO_CLEAR_NO, refused_for_drs
from tests.simulation.stored import ExecutionRecords, Record, ServerName
from tests.simulation.troubles import ROLES

_FUNCTIONS = (
    "TerminateInstancesFunction",
    "CheckTerminationFunction",
    "FinishCleanUpFunction",
)
_IS_LEFT = {"REFUSED", "LEFT"}
# Where its workflow goes when a state is tried no more, and from its last one.
_GIVEN_UP = {"Finish clean-up", ""}
# For so long it tries, says docs/how-to/clean-up.md; less what clocks are off.
_TRIES_FOR = timedelta(minutes=60) - timedelta(seconds=30)
# What stood in its way until the end may have gone shortly before: so long an instance of a launch
# that is over is awaited.
_SHORTLY = timedelta(minutes=15)
# It is said to be missed some minutes after its time.
_MISSED = timedelta(minutes=5)


def instances_are_left_for_a_cause(now: Evidence) -> Iterator[str]:
    """I7: an instance is REFUSED only if it is not the drill's, or DRS does not tell that it is;
    LEFT only for a clear no, if the clean-up was broken off, or if something stood in its way until
    it had tried for an hour.
    """
    for name, records in now.executions.items():
        if not (left := _left(records)):
            continue
        clean_up = _CleanUp(now, name)
        for server, each in left.items():
            has_cause = clean_up.may_leave if each["result"] == "LEFT" else clean_up.may_refuse
            if not has_cause(server, each.get("recoveryInstanceId")):
                what = f"{'/'.join(server)} of {name} was {each['result']}"
                yield f"I7: {what} for nothing: {each.get('reason')}"


def clean_ups_are_incomplete_for_a_cause(now: Evidence) -> Iterator[str]:
    """I7: a clean-up that leaves nothing is INCOMPLETE only if a fault broke it off."""
    for name, records in now.executions.items():
        clean_up = records.clean_up or {}
        if clean_up.get("status") != "INCOMPLETE" or _left(records):
            continue
        if not _CleanUp(now, name).was_broken_off:
            yield f"I7: the clean-up of {name} is INCOMPLETE for nothing: {clean_up['reason']}"


def ended_clean_ups_judge_their_servers(now: Evidence) -> Iterator[str]:
    """I7: a clean-up that has ended says of every server what became of it."""
    for name, records in now.executions.items():
        if (records.clean_up or {}).get("endTime") is None:
            continue
        for server, each in records.terminations.items():
            if each.get("result") is None:
                yield f"I7: the clean-up of {name} has ended, and {'/'.join(server)} has no result"


def _left(records: ExecutionRecords) -> dict[ServerName, Record]:
    """Return what the last attempt of a clean-up has left."""
    attempt = (records.clean_up or {}).get("attempt")
    return {
        server: each
        for server, each in records.terminations.items()
        if each.get("result") in _IS_LEFT and each["attempt"] == attempt
    }


class _CleanUp:
    """The last attempt of a clean-up, and what may have been in its way."""

    def __init__(self, now: Evidence, name: str) -> None:
        self._now = now
        self._name = name
        records = now.executions[name]
        record = records.clean_up or {}
        self._workflow = record["workflow"]
        self._asked = datetime.fromisoformat(record["requestedTime"])
        end = record.get("endTime")
        self._end = datetime.fromisoformat(end) if end else now.now
        promised = records.header.get("cleanUpTime") if record["attempt"] == 1 else None
        self._wanted = datetime.fromisoformat(promised) if promised else self._asked
        self._wrong = now.wrong_in_clean_ups.get(name, {})

    def may_refuse(self, server: ServerName, instance_id: str | None) -> bool:
        """Whether the instance is not the drill's, or the lists do not say that it is."""
        if not self._now.modes_are_told:
            return True
        truth = self._now.truths[_scope(server)]
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            if instance.instance_id == instance_id:
                launch = jobs.get(instance.launched_by or "")
                if launch is None or launch.created_at + self._now.jobs_lag > self._asked:
                    return True
                is_mine = launch.tags.get("drsorc:execution") == self._name
                return not (is_mine and launch.is_drill and instance.is_drill)
        return False

    def may_leave(self, server: ServerName, instance_id: str | None) -> bool:
        """Whether anything that is true was cause enough."""
        if self.was_broken_off or self._was_refused(instance_id) or self._was_kept_from_drs():
            return True
        has_tried = self._end >= self._asked + _TRIES_FOR
        return has_tried and (
            self._was_held(server) or self._was_unheard(server) or self._gave_way(server)
        )

    @cached_property
    def was_broken_off(self) -> bool:
        """Whether its workflow was stopped by hand, or a fault ended it or kept it from beginning.

        A clean-up that was promised may have been missed before it is on record.
        """
        run = self._now.runs.get(self._workflow)
        if run is None:
            last = max(self._wrong.values(), default=BEGINNING)
            return last >= min(self._asked, self._wanted) - _MISSED
        if run.status == "ABORTED":
            return True
        gave_up = (visit for visit in visits(run) if visit.following in _GIVEN_UP)
        # One that died at its first call is put on record by its last step.
        is_struck = self._last_wrong(*_FUNCTIONS) >= min(run.started_at, self._asked)
        return is_struck and any(visit.failures for visit in gave_up)

    def _last_wrong(self, *sources: str) -> datetime:
        return max(self._wrong.get(each, BEGINNING) for each in sources)

    def _was_refused(self, instance_id: str | None) -> bool:
        """Whether DRS gave a clear no to the end of the instance."""
        return any(
            _is_clear_no(call, instance_id) and call.at >= self._asked for call in self._now.calls
        )

    def _was_kept_from_drs(self) -> bool:
        """Whether somebody else gave a clear no in the place of DRS; of which instance's end is not
        known.
        """
        return any(
            each.call.operation == "TerminateRecoveryInstances" and each.at >= self._asked
            for each in refused_for_drs(self._now, self._name)
        )

    def _was_held(self, server: ServerName) -> bool:
        """Whether a job, whoever began it, held the server shortly before the end."""
        return any(
            server[-1] in job.server_ids
            and job.created_at <= self._end
            and (job.ended_at is None or job.ended_at >= self._end - _SHORTLY)
            for job in self._now.truths[_scope(server)].jobs
        )

    def _was_unheard(self, server: ServerName) -> bool:
        """Whether DRS, or the way to it, did not answer shortly before the end."""
        since = self._end - _SHORTLY
        return self._last_wrong(*_FUNCTIONS, ROLES) >= since or any(
            call.outcome != "OK"
            and Scope(call.account_id, call.region) == _scope(server)
            and since <= call.at <= self._end
            for call in self._now.calls
        )

    def _gave_way(self, server: ServerName) -> bool:
        """Whether it was left to another execution, or a recovery waited for room in its place."""
        return any(
            self._overlaps(other.header.get("startTime"), other.header.get("endTime"))
            and (server[-1] in other.servers or self._waited_for_room(other, server))
            for name, other in self._now.executions.items()
            if name != self._name
        )

    def _waited_for_room(self, other: ExecutionRecords, server: ServerName) -> bool:
        return other.header.get("executionType") == "RECOVERY" and any(
            (each["accountId"], each["region"]) == server[:2]
            and self._overlaps(each.get("firstQueuedTime"), each.get("firstSentTime"))
            for each in other.intents.values()
        )

    def _overlaps(self, begun: str | None, ended: str | None) -> bool:
        """Whether something that has begun went on until shortly before the end."""
        if begun is None or datetime.fromisoformat(begun) > self._end:
            return False
        return ended is None or datetime.fromisoformat(ended) >= self._end - _SHORTLY


def _scope(server: ServerName) -> Scope:
    return Scope(server[0], server[1])


def _is_clear_no(call: CallRecord, instance_id: str | None) -> bool:
    """Whether DRS refused to terminate this very instance: one of several may be the reason."""
    is_its = call.params.get("recoveryInstanceIDs") == [instance_id]
    return is_its and call.outcome not in NO_CLEAR_NO
