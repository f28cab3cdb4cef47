"""How often a wave looks by itself, and that a week of looking fits into its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from drs_orchestrator.domain.step import (
    HOLD_SECONDS,
    capacity_hold_seconds,
    check_interval_seconds,
    closing_interval_seconds,
    launch_retry_seconds,
    question_hold_seconds,
    refusal_hold_seconds,
    retry_beside_jobs_seconds,
)

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


@pytest.mark.parametrize(
    ("minutes", "some", "every"), [(0, 15, 5), (0.99, 15, 5), (1, 15, None), (10, None, None)]
)
def test_a_job_that_nears_its_end_is_looked_at_more_often_for_a_while(
    minutes: float, some: int | None, every: int | None
) -> None:
    since = timedelta(minutes=minutes)

    assert closing_interval_seconds(since, all_there=False) == some
    assert closing_interval_seconds(since, all_there=True) == every


# A wait for a bell that times out: entered, scheduled, started, submitted, timed out, exited; and
# its Choice.
_EVENTS_IN_A_REST = 8


def _turns_in_a_week(seconds_after: Callable[[timedelta], int]) -> int:
    passed, turns = timedelta(0), 0
    while passed < timedelta(days=7):
        passed += timedelta(seconds=seconds_after(passed))
        turns += 1
    return turns


def test_a_week_of_a_stuck_job_fits_into_the_history_of_its_wave() -> None:
    assert _turns_in_a_week(check_interval_seconds) * _EVENTS_IN_A_TURN < _EVENTS_IN_A_HISTORY


@pytest.mark.parametrize(
    "rest", [capacity_hold_seconds, question_hold_seconds, lambda _: HOLD_SECONDS]
)
def test_a_week_of_waiting_for_a_bell_fits_into_the_history_of_its_wave(
    rest: Callable[[timedelta], int],
) -> None:
    assert _turns_in_a_week(rest) * _EVENTS_IN_A_REST < _EVENTS_IN_A_HISTORY


# Start recovery and Check recovery with their Choice, and the Wait between them.
_EVENTS_IN_A_LAUNCH = 14


def test_a_week_of_launches_that_cannot_be_tried_fits_into_the_history_of_its_wave() -> None:
    assert _turns_in_a_week(launch_retry_seconds) * _EVENTS_IN_A_LAUNCH < _EVENTS_IN_A_HISTORY


def test_a_week_of_launches_that_drs_has_no_room_for_fits_into_the_history_of_its_wave() -> None:
    turn = _EVENTS_IN_A_LAUNCH + _EVENTS_IN_A_REST
    assert _turns_in_a_week(capacity_hold_seconds) * turn < _EVENTS_IN_A_HISTORY


# The same with "Record failure" and its Choice, and the longer way from a rest and back.
_EVENTS_IN_A_TRY = 23


def test_a_week_of_a_question_beside_a_launch_in_vain_fits_into_the_history_of_its_wave() -> None:
    rests = _turns_in_a_week(question_hold_seconds) * _EVENTS_IN_A_REST
    throttled = _turns_in_a_week(retry_beside_jobs_seconds) * _EVENTS_IN_A_TRY
    refused = _turns_in_a_week(partial(refusal_hold_seconds, beside_jobs=True))

    assert rests + throttled < _EVENTS_IN_A_HISTORY
    assert rests + refused * 2 * _EVENTS_IN_A_TRY < _EVENTS_IN_A_HISTORY


def test_a_queued_wave_looks_each_minute_for_an_hour_and_then_less_often() -> None:
    waits = [capacity_hold_seconds(timedelta(minutes=minutes)) for minutes in (0, 59, 60, 360)]
    assert waits == [60, 60, 300, 900]
