"""Intents: their names, and the tags by which a lost job is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.intent import IntentStatus
from tests.unit.executions import NOON, PLACE, intent
from tests.unit.unhurried import UNHURRIED


def test_the_tags_of_a_job_name_its_intent_and_its_mode() -> None:
    assert intent(chunk=3, attempt=2, execution_type="RECOVERY").tags == {
        "drsorc:execution": "drill-1",
        "drsorc:wave": "web",
        "drsorc:chunk": "3",
        "drsorc:attempt": "2",
        "drsorc:mode": "RECOVERY",
        "ExecutionType": "RECOVERY",
    }


@pytest.mark.parametrize("other", [{"wave": "db"}, {"chunk": 1}, {"attempt": 2}])
def test_another_chunk_wave_or_attempt_has_another_key_and_other_tags(
    other: dict[str, object],
) -> None:
    assert intent().changed(**other).key != intent().key
    assert intent().changed(**other).tags != intent().tags


def test_what_happens_to_an_intent_changes_neither_its_key_nor_its_tags() -> None:
    later = intent().changed(status="CONFIRMED", version=7, sends=2, job_id="drsjob-5")
    assert (later.key, later.tags) == (intent().key, intent().tags)


@pytest.mark.parametrize(
    ("status", "may_be"),
    [
        (IntentStatus.GRANTED, True),
        (IntentStatus.SENT, True),
        # Its job was found after all, later than anybody believes.
        (IntentStatus.CONFIRMED, False),
        (IntentStatus.ENDED, False),
    ],
)
def test_a_launch_that_seemed_to_be_without_effect_is_given_up_unless_it_has_a_job(
    status: IntentStatus, *, may_be: bool
) -> None:
    assert intent(status=status, had_no_effect=True).may_be_given_up is may_be


def test_a_launch_of_which_nothing_is_known_is_not_given_up() -> None:
    assert not intent(status=IntentStatus.SENT).may_be_given_up


@UNHURRIED
@given(st.tuples(st.integers(1, 999), st.integers(0, 9_999)), st.data())
def test_keys_sort_as_attempts_and_chunks_do(first: tuple[int, int], data: st.DataObject) -> None:
    second = data.draw(st.tuples(st.integers(1, 999), st.integers(0, 9_999)))
    keys = [
        intent().changed(attempt=attempt, chunk=chunk).key for attempt, chunk in (first, second)
    ]
    assert (keys[0] < keys[1]) == (first < second)


def test_an_intent_is_over_or_may_have_a_job_or_waits_to_be_sent_never_two_of_these() -> None:
    may_have_job = {status for status in IntentStatus if status.may_have_job}
    final = {status for status in IntentStatus if status.is_final}
    assert may_have_job == {IntentStatus.SENT, IntentStatus.CONFIRMED}
    assert final == {IntentStatus.ENDED, IntentStatus.REFUSED, IntentStatus.ABANDONED}


def test_a_document_holds_what_is_known_and_comes_back_the_same() -> None:
    sent = intent(status="SENT", sends=1)
    assert "jobId" not in sent.document()
    assert type(sent).model_validate(sent.document()) == sent
    assert sent.place == PLACE


def test_a_launch_is_first_tried_again_soon_however_long_it_waited_for_room() -> None:
    hour = timedelta(hours=1)
    waited = intent(status="GRANTED", first_queued_time=NOON - 20 * hour)

    once = waited.granted_again(NOON, "throttled")
    again = once.granted_again(NOON + 2 * hour, "throttled")

    assert once.not_before == NOON + timedelta(seconds=30)
    assert again.not_before == NOON + 2 * hour + timedelta(minutes=5)


def test_calls_without_effect_count_no_more_once_the_room_is_given_back() -> None:
    tried = intent(status="SENT", sends=1, sent_time=NOON, first_sent_time=NOON)

    queued = tried.granted_again(NOON, "throttled").without_room(not_before=None)

    assert (queued.began, queued.tried_since, queued.sends) == (None, None, 1)
