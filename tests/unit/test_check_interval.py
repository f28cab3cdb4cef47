"""How often a wave looks at its jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.domain.step import check_interval_seconds

# What Step Functions keeps of one execution:
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_EVENTS_IN_A_HISTORY = 25_000
# Wait, Check recovery and its Choice: entered and exited, and the task scheduled, started, ended.
_EVENTS_IN_A_TURN = 9


@pytest.mark.parametrize(
    ("hours", "seconds"),
    [(0, 30), (1, 30), (1.99, 30), (2, 60), (5.99, 60), (6, 300), (24, 300), (500, 300)],
)
def test_a_job_that_hangs_is_looked_at_less_and_less_often(hours: float, seconds: int) -> None:
    assert check_interval_seconds(timedelta(hours=hours)) == seconds


def test_a_week_of_a_stuck_job_fits_into_the_history_of_its_wave() -> None:
    running, turns = timedelta(0), 0
    while running < timedelta(days=7):
        running += timedelta(seconds=check_interval_seconds(running))
        turns += 1
    assert turns * _EVENTS_IN_A_TURN < _EVENTS_IN_A_HISTORY
