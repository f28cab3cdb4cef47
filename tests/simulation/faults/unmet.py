"""Faults that strike nothing prove nothing: which may miss a step, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

_REASONS: Mapping[str, tuple[str, ...]] = {
    "nothing has been launched yet when it looks": (
        "instance-list-lags:PrepareExecutionFunction",
        "mode-left-out:PrepareExecutionFunction",
        "replaced-by-a-stranger:PrepareExecutionFunction",
        "replaced-by-a-stranger:WaitForClearanceFunction",
    ),
    "what it looks for has been listed for long, or goes on until it is": (
        "instance-list-lags:CheckTerminationFunction",
        "instance-list-lags:StartRecoveryFunction",
        "instance-list-lags:TerminateInstancesFunction",
        "job-list-lags:CheckTerminationFunction",
        "job-list-lags:CompleteWaveFunction",
        "job-list-lags:ExecutionStatusChangedFunction",
        "job-list-lags:LaunchResultFunction",
        "job-list-lags:TerminateInstancesFunction",
        "job-list-lags:WaitForClearanceFunction",
    ),
    "the job has begun when it looks first, or begins after it has looked last": (
        "job-stuck:WaitForClearanceFunction",
        "server-stuck:WaitForClearanceFunction",
        "termination-stuck:CheckTerminationFunction",
    ),
    "nobody works on these servers, or asks about them, after it": (
        "mode-left-out:CheckTerminationFunction",
        "servers-stay-busy:TerminateInstancesFunction",
    ),
    "whoever was faster has written the same": ("somebody-was-faster:ReconcileExecutionFunction",),
    "it hears of an end, and nothing runs any more": (
        "stopped-by-hand:ExecutionStatusChangedFunction",
    ),
}
UNMET: Mapping[str, str] = {pair: why for why, pairs in _REASONS.items() for pair in pairs}
"""Pairs of fault and step that no cell meets though the step makes calls which the fault concerns,
in this one story, and why."""


def pair_of(cell: str) -> str:
    """Return the pair of fault and step that a cell is of."""
    return _first(cell, 2)


def faults_never_met(every: Iterable[str], met: Mapping[str, bool]) -> Iterator[str]:
    """Yield the faults that nothing is proved about; `every`: all cells that there are, `met`:
    whether those that were told met their fault.
    """
    for fault in _never_met(every, met, parts=1):
        yield f"{fault}: no cell met this fault"


def pairs_never_met(every: Iterable[str], met: Mapping[str, bool]) -> Iterator[str]:
    """Yield the same about pairs of fault and step."""
    for pair in _never_met(every, met, parts=2):
        if pair not in UNMET:
            yield f"{pair}: no cell met this fault at this step, and nothing says why"


def _never_met(every: Iterable[str], met: Mapping[str, bool], *, parts: int) -> Iterator[str]:
    """Yield what those cells have in common, in these first parts of their names, all of which were
    told, and none met its fault.
    """
    by_name = defaultdict[str, list[str]](list)
    for cell in every:
        by_name[_first(cell, parts)].append(cell)
    for name, of_name in by_name.items():
        if not any(met.get(cell, True) for cell in of_name):
            yield name


def _first(cell: str, parts: int) -> str:
    return ":".join(cell.split(":")[:parts])
