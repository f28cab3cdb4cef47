"""What the event bus does, which promises nothing: loses, repeats, comes late."""

from __future__ import annotations

from collections.abc import Mapping

from local.virtual.calls import Call
from tests.simulation.faults.fault import Fault, Strike, both, of_function, of_operation

_LISTENS = of_function("LaunchResultFunction")
_LOOKS_ITSELF = both(
    of_operation("drs.DescribeJobs"),
    of_function("CheckRecoveryFunction", "ReconcileExecutionFunction", "WaitForClearanceFunction"),
)
_LATE_SECONDS = 900.0


def _are_lost(strike: Strike) -> None:
    strike.world.aws.event_bus.faults.lost_share = 1.0
    strike.noted = _events(strike)


def _come_twice(strike: Strike) -> None:
    strike.world.aws.drs_events.faults.duplicated_share = 1.0


def _are_late(strike: Strike) -> None:
    """Let them come a quarter of an hour late, and so out of order with all else."""
    strike.world.aws.event_bus.faults.delay_seconds = _LATE_SECONDS
    strike.noted = _events(strike)


def _has_lost_one(strike: Strike, call: Call) -> bool:
    return strike.fault.meets(call) and _events(strike) > strike.noted


def _comes_again(strike: Strike, call: Call) -> bool:
    told = [each.input for each in strike.world.aws.drs_events.deliveries]
    return strike.fault.meets(call) and len(told) > len(set(told))


def _is_late(strike: Strike, call: Call) -> bool:
    return _has_lost_one(strike, call) and strike.seconds >= _LATE_SECONDS


def _events(strike: Strike) -> int:
    return len(strike.world.aws.event_bus.events)


OF_EVENTS: Mapping[str, Fault] = {
    "events-lost": Fault(_LOOKS_ITSELF, _are_lost, after=_has_lost_one, is_early=True),
    "events-twice": Fault(_LISTENS, _come_twice, after=_comes_again, is_early=True),
    "events-late": Fault(_LISTENS, _are_late, after=_is_late, is_early=True),
}
