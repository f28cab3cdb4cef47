"""One try of an action: its token, its turns, its end."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from drs_orchestrator.domain.action import (
    ActionPhase,
    ActionRecord,
    ActionStatus,
    SsmAction,
    WaitAction,
)
from drs_orchestrator.domain.action_run import (
    Outcome,
    Try,
    client_token,
    ended,
    turn_seconds,
)
from tests.unit.executions import NOON, execution

FAILED = Outcome(succeeded=False, detail="disk full")
WEEK = timedelta(days=7)
# Of the wave's 25,000: a turn is Run actions with its four other events, a Choice and a Wait.
EVENTS_PER_TURN = 9


def record(**values: object) -> ActionRecord:
    """Return the record of an action whose first try runs."""
    return ActionRecord(
        wave="web",
        phase=ActionPhase.BEFORE,
        position=0,
        name="drain",
        status=ActionStatus.RUNNING,
        tries=1,
        start_time=NOON,
    ).changed(**values)


def attempt(retries: int = 0, **values: object) -> Try:
    """Return a try of an ssm action."""
    action = SsmAction(
        name="drain", type="ssm", document_name="Drain", retries=retries, timeout_seconds=86_400
    )
    return Try(execution(), action, record(**values))


def test_a_token_is_the_same_for_the_same_try_and_a_uuid() -> None:
    tokens = {client_token(execution(), record(version=version)) for version in range(3)}
    (token,) = tokens
    assert str(uuid.UUID(token)) == token


def test_every_other_try_has_another_token() -> None:
    here = execution(execution_arn="arn:aws:states:us-west-2:111122223333:execution:main:drill-1")
    dev = execution(execution_arn="arn:aws:states:us-west-2:111122223333:execution:dev:drill-1")
    tokens = [
        client_token(here, record()),
        client_token(dev, record()),
        client_token(here, record(tries=2)),
        client_token(here, record(attempt=2)),
        client_token(here, record(name="other")),
        client_token(here, record(wave="db")),
    ]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize(
    ("retries", "tries", "again", "status", "reason"),
    [
        (0, 1, True, "FAILED", "disk full"),
        (1, 1, True, "PENDING", "try 1 of 2: disk full"),
        (1, 2, True, "FAILED", "try 2 of 2: disk full"),
        (5, 1, False, "FAILED", "try 1 of 6: disk full"),
    ],
)
def test_a_try_that_failed_is_followed_by_another_while_the_plan_has_one_left(
    retries: int, tries: int, *, again: bool, status: str, reason: str
) -> None:
    after = ended(attempt(retries, tries=tries), FAILED, NOON, again=again)
    assert (after.status, after.reason) == (status, reason)


def test_a_try_that_succeeds_late_has_succeeded_all_the_same() -> None:
    after = ended(attempt(stop_time=NOON), Outcome(succeeded=True), NOON, again=True)
    assert (after.status, after.reason, after.end_time) == ("SUCCEEDED", None, NOON)


def test_nothing_is_tried_again_where_nothing_starts_any_more() -> None:
    cancelled = attempt(retries=3)._replace(execution=execution(cancelled_by="bob"))
    assert ended(cancelled, FAILED, NOON, again=True).status is ActionStatus.CANCELLED


@pytest.mark.parametrize(
    ("seconds", "passed", "turn"),
    [(1, 0.0, 1), (290, 0.0, 290), (290, 289.5, 1), (290, 290, 1), (86_400, 0, 300)],
)
def test_a_wait_is_one_turn_unless_a_cancel_would_go_unnoticed_for_long(
    seconds: int, passed: float, turn: int
) -> None:
    wait = Try(
        execution(), WaitAction(name="settle", type="wait", seconds=seconds), record(name="settle")
    )
    assert turn_seconds(wait, NOON, NOON + timedelta(seconds=passed)) == turn


@pytest.mark.parametrize(
    ("passed", "turn"), [(0, 5), (29, 5), (30, 10), (120, 30), (7200, 60), (21_600, 300)]
)
def test_looks_are_quick_at_first_and_stretch(passed: int, turn: int) -> None:
    assert turn_seconds(attempt(), NOON, NOON + timedelta(seconds=passed)) == turn


def test_the_last_look_comes_when_the_time_of_the_try_is_over() -> None:
    running = attempt()
    last = NOON + running.timeout - timedelta(seconds=2.5)
    assert turn_seconds(running, NOON, last) == 3
    assert turn_seconds(running, NOON, last + timedelta(hours=1)) == 1


def test_a_week_of_twenty_long_tries_fits_into_the_history_of_a_wave() -> None:
    turns, now = 0, NOON
    for number in range(20):
        began = NOON + number * WEEK / 20
        running = attempt(start_time=began)
        while now < began + WEEK / 20:
            now += timedelta(seconds=turn_seconds(running, NOON, now))
            turns += 1
    assert now >= NOON + WEEK
    assert turns * EVENTS_PER_TURN < 25_000
