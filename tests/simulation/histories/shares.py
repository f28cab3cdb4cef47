"""A share of the random histories that `make test` tells."""

from __future__ import annotations

from tests.simulation.soak import Sum, complaint, told_or_wrong

HISTORIES = 1000
SHARE = 100


def tell_share(first: int) -> Sum:
    """Tell the histories of a share; return what they came to, raise if a promise was broken."""
    sum_, wrong = Sum(), list[str]()
    for seed in range(first, first + SHARE):
        _, told = told_or_wrong(seed)
        if isinstance(told, str):
            wrong.append(complaint(seed, told))
            continue
        sum_.add(told)
        if "-" in told.statuses:
            wrong.append(complaint(seed, "an execution has no status"))
    assert not wrong, "\n".join(wrong)
    _check_floors(sum_)
    return sum_


def _check_floors(sum_: Sum) -> None:
    """Hold that the histories tried what the promises are about: else they would be kept idly.

    A share mostly comes to a few times as much: a floor is for draws that have become rare.
    """
    assert sum_.begun >= 100
    assert sum_.overlapping >= 16
    assert sum_.refused_at_the_door >= 10
    assert sum_.refused_by_locks >= 5
    assert sum_.edits >= 20
    assert sum_.actions >= 20
    assert sum_.failed_actions >= 5
    assert sum_.dated >= 6
    assert sum_.refused_clean_ups >= 10
    assert sum_.faults["BUG"] >= 20
    assert sum_.faults["OVERTAKEN"] >= 20
    assert sum_.faults["REPLICATION_DISCONNECTED"] + sum_.faults["REPLICATION_STOPPED"] >= 8
    assert sum_.lapsed >= 5
    assert sum_.faults["AGENT_SILENT"] >= 3
    assert sum_.faults["PROBE_FAILED"] >= 2
    # Those about faults and stuck jobs are too rare for a share.
    assert sum_.answers["HEALTH"] >= 1
    assert sum_.answers["APPROVAL"] >= 10
    assert sum_.answers["LAUNCH"] >= 3
    assert sum_.answers["ACTION"] >= 3
