"""When a task of a workflow last went wrong is told alike from its end and from its beginning."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import cast

import pytest

from local.virtual.processes import BEGINNING
from local.virtual.runs import HistoryEvent, Run
from tests.simulation.invariants.histories import last_failure, visits

_STATES = ("Check recovery", "Wait for clearance")
_TRIES = list(itertools.product(("TaskFailed", "TaskTimedOut"), repeat=2))


class _Told:
    def __init__(self, *events: tuple[str, str]) -> None:
        self.history = [
            HistoryEvent(BEGINNING + timedelta(seconds=number), *event)
            for number, event in enumerate((("ExecutionStarted", ""), *events))
        ]


@pytest.mark.parametrize("first", _STATES)
@pytest.mark.parametrize("second", _STATES)
@pytest.mark.parametrize("tries", _TRIES)
@pytest.mark.parametrize("later", [(), ("TaskTimedOut",), ("TaskFailed",)])
def test_the_last_failure_is_the_last_of_all_visits(
    first: str, second: str, tries: tuple[str, ...], later: tuple[str, ...]
) -> None:
    events = [("TaskStateEntered", first), *((each, "") for each in tries)]
    events += [("TaskStateEntered", second), *((each, "") for each in later)]
    run = cast(Run, _Told(*events))

    failed = [failure.at for visit in visits(run) for failure in visit.failures]

    assert last_failure(run) == max(failed, default=None)
