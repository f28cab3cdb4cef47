"""When something last went wrong in a world that was not the product's doing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from local.virtual.processes import BEGINNING
from local.virtual.world import VirtualWorld

# Answers that are no fault of DRS's: what it does not know, no room, and a wrong call of ours.
_PLAIN = {
    "OK",
    "ServiceQuotaExceededException",
    "ResourceNotFoundException",
    "ValidationException",
}
# DRS refuses servers that a job holds; said of anything else it is a fault.
_BUSY = {
    ("StartRecovery", "ConflictException"),
    ("TerminateRecoveryInstances", "ConflictException"),
}
# The same of Step Functions, and of executions and tokens that have come or gone.
_PLAIN_OF_WORKFLOWS = {
    "OK",
    "ExecutionAlreadyExists",
    "ExecutionDoesNotExist",
    "InvalidToken",
    "TaskTimedOut",
}
_MADE_GOOD_WITHIN = timedelta(minutes=5)
_STATUS_CHANGED = "ExecutionStatusChangedFunction"
RECONCILER = "ReconcileExecutionFunction"
# What may go wrong, beside the calls of functions and people.
ROLES, SERVICES, SCHEDULES = "roles", "services", "schedules"


def silence_schedules(world: VirtualWorld, *, silent: bool = True) -> None:
    """Let no schedule fire any more, or all again, those that are overdue at once."""
    scheduler = world.aws.scheduler
    scheduler.faults.silent = silent
    scheduler.changed.set()
    # Where nothing changes nobody looks, and so nobody sees that it was silent meanwhile.
    world.calls.strike(RECONCILER)


class Troubles:
    """Looks on at the calls of one world; whoever asks often enough misses none."""

    def __init__(self, world: VirtualWorld) -> None:
        self._world = world
        self._calls_seen = 0
        self._refusals = 0
        self._workflow_calls_seen = 0
        self._last_refused = BEGINNING
        self._is_silent = False
        self._last_silent = BEGINNING
        self._last_role_refused = BEGINNING
        self._in_vain_since = self._in_vain_until = BEGINNING
        self._quotas = world.simulator.faults.quotas
        self._quotas_until: datetime | None = None
        self._looked = BEGINNING

    def last(self) -> datetime:
        """Return when a call last died, or got no answer, or one that tells of a fault.

        What that left undone, a bell that nobody rang above all, the reconciler makes good within
        minutes: if it could not look then, that counts.
        """
        struck = dict(self._world.calls.struck)
        of_reconciler = struck.pop(RECONCILER, BEGINNING)
        went_wrong = max([self.last_refused(), *struck.values()])
        swept_in_vain = self.last_swept_in_vain()
        counts = went_wrong > self._in_vain_since - _MADE_GOOD_WITHIN
        return max(went_wrong, of_reconciler, swept_in_vain if counts else BEGINNING)

    def last_refused(self) -> datetime:
        """Return when DRS, Step Functions or STS last gave anybody an answer that tells of a fault.

        Whose call it was is not known.
        """
        seen = (self._last_of_drs(), self._last_of_step_functions(), self._last_of_sts())
        self._last_refused = max(self._last_refused, *seen)
        return self._last_refused

    def by_source(self) -> Mapping[str, datetime]:
        """Return when each of them last went wrong: functions and people by what their calls are
        told by, and what they ask.
        """
        services = {SERVICES: self.last_refused(), ROLES: self._last_role_refused}
        self.last_swept_in_vain()
        return {**self._world.calls.struck, **services, SCHEDULES: self._last_silent}

    def last_swept_in_vain(self) -> datetime:
        """Return when a call of the reconciler last died, or got no answer, or it was not called
        because Scheduler rested.
        """
        was_silent, self._is_silent = self._is_silent, self._world.aws.scheduler.faults.silent
        if was_silent or self._is_silent:
            self._last_silent = self._world.schedule.now()
        last = max(self._last_silent, self._world.calls.struck.get(RECONCILER, BEGINNING))
        if last > self._in_vain_until + _MADE_GOOD_WITHIN and not was_silent:
            self._in_vain_since = last
        self._in_vain_until = last
        return last

    def events_arrive(self) -> bool:
        """Whether every event of Step Functions arrived, and whoever heard it could do his work."""
        faults = self._world.aws.event_bus.faults
        is_sound = faults.lost_share == 0 and not faults.calls
        return is_sound and _STATUS_CHANGED not in self._world.calls.struck

    def quotas_until(self) -> datetime | None:
        """Return until when, surely, nobody had changed the quotas of DRS; None: nobody has yet.

        We read them once a run.
        """
        if self._quotas_until is None and self._world.simulator.faults.quotas != self._quotas:
            self._quotas_until = self._looked
        self._looked = self._world.schedule.now()
        return self._quotas_until

    def _last_of_drs(self) -> datetime:
        calls = self._world.simulator.calls
        new, self._calls_seen = calls[self._calls_seen :], len(calls)
        faults = [
            call.at
            for call in new
            if call.outcome not in _PLAIN and (call.operation, call.outcome) not in _BUSY
        ]
        return max(faults, default=BEGINNING)

    def _last_of_step_functions(self) -> datetime:
        """A bell that does not ring is rung again by the reconciler, when it gets through."""
        calls = self._world.step_functions.calls
        new, self._workflow_calls_seen = calls[self._workflow_calls_seen :], len(calls)
        faults = [call.at for call in new if call.outcome not in _PLAIN_OF_WORKFLOWS]
        return max(faults, default=BEGINNING)

    def _last_of_sts(self) -> datetime:
        """A role that was asked for and not given is seen when somebody looks, not before."""
        asked = self._world.calls.effects["sts.AssumeRole"]
        refusals = asked - len(self._world.aws.sts.truth())
        if refusals > self._refusals:
            self._last_role_refused = self._world.schedule.now()
        self._refusals = refusals
        return self._last_role_refused
