"""Kept sessions: worlds that follow each other share clients, and nothing of their past."""

from __future__ import annotations

from datetime import timedelta

from local.drs import Faults
from local.drs.faults import RateLimit
from tests.simulation.scenarios import Outcome, run
from tests.workflow.laptop import fleet, plan, servers, wave

PLAN = plan("one-wave", wave("db", servers(0, 3)))


def throttled() -> Outcome:
    """Recover while DRS refuses nearly every look at its jobs: each is sent four times."""
    limit = RateLimit(per_second=0.001, burst=1, operation="DescribeJobs")
    return run(PLAN, fleet(3), faults=Faults(rate_limits=[limit]), patience=timedelta(hours=6))


def test_a_world_that_used_up_its_retries_leaves_the_next_one_its_own() -> None:
    first, second = throttled(), throttled()

    assert first.counts.calls["drs.DescribeJobs"] > 100  # so many retries at five of 500 each
    assert first.chronicle == second.chronicle
