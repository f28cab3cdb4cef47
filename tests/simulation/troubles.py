"""When something last went wrong in a world that was not the product's doing."""

from __future__ import annotations

from datetime import datetime

from local.virtual.processes import BEGINNING
from local.virtual.world import VirtualWorld

# Answers that say what there is, and are no fault of DRS's: what it does not know, and no room.
_PLAIN = {"OK", "ServiceQuotaExceededException", "ResourceNotFoundException"}
# DRS refuses servers that a job holds; said of anything else it is a fault.
_BUSY = ("StartRecovery", "ConflictException")
# The same of Step Functions, and of executions and tokens that have come or gone.
_PLAIN_OF_WORKFLOWS = {
    "OK",
    "ExecutionAlreadyExists",
    "ExecutionDoesNotExist",
    "InvalidToken",
    "TaskTimedOut",
}
_STATUS_CHANGED = "ExecutionStatusChangedFunction"


class Troubles:
    """Looks on at the calls of one world; whoever asks often enough misses none."""

    def __init__(self, world: VirtualWorld) -> None:
        self._world = world
        self._calls_seen = 0
        self._refusals = 0
        self._workflow_calls_seen = 0
        self._last = BEGINNING
        self._quotas = world.simulator.faults.quotas
        self._quotas_stay = True

    def last(self) -> datetime:
        """Return when a call last died, or got no answer, or one that tells of a fault."""
        struck = max(self._world.calls.struck.values(), default=BEGINNING)
        others = (self._last_of_drs(), self._last_of_step_functions(), self._last_of_sts())
        self._last = max(self._last, struck, *others)
        return self._last

    def last_of(self, caller: str) -> datetime:
        """Return when a call of a function last died, or got no answer."""
        return self._world.calls.struck.get(caller, BEGINNING)

    def events_arrive(self) -> bool:
        """Whether every event of Step Functions arrived, and whoever heard it could do his work."""
        faults = self._world.aws.event_bus.faults
        is_sound = faults.lost_share == 0 and not faults.calls
        return is_sound and _STATUS_CHANGED not in self._world.calls.struck

    def quotas_stay(self) -> bool:
        """Whether the quotas of DRS have been the same all along; we read them once a run."""
        self._quotas_stay &= self._world.simulator.faults.quotas == self._quotas
        return self._quotas_stay

    def _last_of_drs(self) -> datetime:
        calls = self._world.simulator.calls
        new, self._calls_seen = calls[self._calls_seen :], len(calls)
        faults = [
            call.at
            for call in new
            if call.outcome not in _PLAIN and (call.operation, call.outcome) != _BUSY
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
        is_new, self._refusals = refusals > self._refusals, refusals
        return self._world.schedule.now() if is_new else BEGINNING
