"""A job that seemed stuck ends while its wave asks about it: DRS's event is heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from local.drs import Faults
from tests.simulation.scenarios import run
from tests.simulation.stories.answers import STUCK
from tests.workflow.laptop import fleet, plan, servers, wave

# The wave's own looks are minutes apart by then.
_SOON = timedelta(seconds=10)


def test_the_wave_ends_with_its_job_and_not_at_its_next_look() -> None:
    group, only = wave("only", servers(0, 1))
    outcome = run(
        plan("one", (group, {**only, "deadlineMinutes": 15})),
        fleet(1),
        faults=Faults(servers=[replace(STUCK, seconds=4000.0)]),
    )

    (job,) = outcome.truth.jobs
    assert job.ended_at is not None
    assert "Wait for decision" in outcome.states("only")
    ended = datetime.fromisoformat(outcome.execution["waves"][0]["endTime"])
    assert ended < job.ended_at + _SOON
