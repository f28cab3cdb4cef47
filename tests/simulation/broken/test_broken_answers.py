"""The invariants about questions and answers find what they are there to find, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from local.virtual.world import VirtualWorld
from tests.simulation.broken.altered import (
    Change,
    answered,
    at_the_gates,
    failed_where_it_waits,
    running,
    same,
    sound_drill,
    with_records,
)
from tests.simulation.evidence import LISTED, Evidence
from tests.simulation.invariants import Check, answers, verdicts, waves
from tests.simulation.stored import ExecutionRecords
from tests.simulation.troubles import Troubles
from tests.workflow.laptop import fleet

_ACTION = {"name": "warm", "type": "ssm", "documentName": "Do-warm"}


def _at_work(status: str = "RUNNING", **header: object) -> Evidence:
    """Return a day after its start a drill that runs, its first wave with this status."""

    def reopen(records: ExecutionRecords) -> None:
        for each in ("finishingTime", "endTime"):
            records.header.pop(each)
        records.header.update(status="RUNNING", **header)
        records.waves["db"].update(status=status, onFailure="ASK")

    return with_records(at_the_gates(running(sound_drill())), reopen)


def _answered(evidence: Evidence) -> Evidence:
    return answered("SKIP")(evidence)


def _changed(**values: object) -> Change:
    return lambda evidence: with_records(evidence, lambda r: r.waves["db"].update(**values))


def _struck(evidence: Evidence) -> Evidence:
    return replace(evidence, last_struck=evidence.now - timedelta(minutes=1))


def _listed_just_now(evidence: Evidence) -> Evidence:
    return replace(evidence, since={name: {LISTED: evidence.now} for name in evidence.runs})


def _cancelled(evidence: Evidence) -> Evidence:
    return with_records(evidence, lambda r: r.header.update(cancelledBy="somebody"))


def _stuck(**header: object) -> Evidence:
    return with_records(
        _at_work("RUNNING", **header), lambda r: r.intents["db", 1, 0].update(status="CONFIRMED")
    )


BROKEN: tuple[tuple[Check, Evidence], ...] = (
    (answers.answers_are_carried_out, _answered(_at_work("AWAITING_DECISION"))),
    (answers.answers_were_carried_out, _answered(sound_drill())),
    (answers.answers_were_carried_out, _cancelled(_answered(sound_drill()))),
    (answers.answers_were_carried_out, failed_where_it_waits(_answered(sound_drill()))),
    (answers.lists_say_who_asks, _at_work(awaiting=["db"])),
    (
        answers.lists_say_who_asks,
        _changed(question={"kind": "LAUNCH"})(_at_work("AWAITING_DECISION")),
    ),
    (
        answers.questions_about_jobs_have_some,
        _changed(question={"kind": "STUCK"})(_at_work("AWAITING_DECISION")),
    ),
    (verdicts.waves_that_came_up_did, _changed(postActions=[_ACTION])(sound_drill())),
    (waves.stuck_jobs_ask, _stuck()),
    (waves.stuck_jobs_ask, _stuck(cancelledBy="somebody")),
)
FINE: tuple[tuple[Check, Evidence], ...] = (
    (answers.answers_are_carried_out, _struck(_answered(_at_work("AWAITING_DECISION")))),
    (answers.answers_are_carried_out, _changed(attempt=2)(_answered(_at_work()))),
    (answers.answers_were_carried_out, _changed(attempt=2)(_answered(sound_drill()))),
    (answers.answers_were_carried_out, _cancelled(failed_where_it_waits(_answered(sound_drill())))),
    (answers.lists_say_who_asks, _listed_just_now(_at_work(awaiting=["db"]))),
    (answers.lists_say_who_asks, _struck(_at_work(awaiting=["db"]))),
    (
        answers.questions_about_jobs_have_some,
        _struck(_changed(question={"kind": "STUCK"})(_at_work("AWAITING_DECISION"))),
    ),
    (answers.questions_about_jobs_have_some, _changed(question={"kind": "STUCK"})(_stuck())),
    (waves.stuck_jobs_ask, _changed(skippedBy="somebody")(_stuck())),
)


@pytest.mark.parametrize(("check", "evidence"), BROKEN)
def test_each_is_broken_by_what_it_forbids(check: Check, evidence: Evidence) -> None:
    assert list(check(sound_drill())) == []
    assert list(check(evidence))


@pytest.mark.parametrize(("check", "evidence"), FINE)
def test_what_it_allows_breaks_none(check: Check, evidence: Evidence) -> None:
    assert list(check(evidence)) == []


@pytest.mark.parametrize(
    ("change", "is_broken"),
    [
        (_changed(), True),
        (_changed(onFailure="CONTINUE"), False),
        (_changed(abortedBy="somebody"), False),
        (_changed(failedAction={"onFailure": "STOP"}), False),
        (_changed(failedAction={"onFailure": "ASK"}), True),
        (_cancelled, False),
        (failed_where_it_waits, False),
        (lambda e: failed_where_it_waits(_answered(e)), True),
        (lambda e: replace(e, runs=sound_drill().runs), False),
    ],
)
def test_a_wave_that_fails_unasked_is_seen(change: Change, *, is_broken: bool) -> None:
    before, after = _at_work(), change(_at_work("FAILED"))

    assert bool(list(answers.failures_are_asked_about(after, before))) is is_broken


@pytest.mark.parametrize(
    ("change", "is_broken"),
    [
        (answered("SKIP"), False),
        (lambda e: answered("RETRY", attempt=2)(_answered(e)), False),
        (answered("RETRY"), True),
        (answered("SKIP", actor="ben"), True),
        (answered("SKIP", time="2100-01-04T09:00:00+00:00"), True),
        (answered("SKIP", reason="it is gone"), True),
        (same, True),
    ],
    ids=["same", "another question", "what", "who", "when", "why", "gone"],
)
def test_an_answer_that_changes_is_seen(change: Change, *, is_broken: bool) -> None:
    before, after = _answered(sound_drill()), change(sound_drill())

    assert bool(list(answers.answers_stay(after, before))) is is_broken


@pytest.mark.parametrize(("minutes", "counts"), [(2, True), (30, False)])
def test_a_silence_counts_only_soon_after_something_went_wrong(
    minutes: int, *, counts: bool
) -> None:
    with VirtualWorld(fleet(1)) as world:
        troubles = Troubles(world)
        world.until_time(world.schedule.now() + timedelta(hours=1))
        went_wrong = world.schedule.now()
        world.calls.struck["CheckRecoveryFunction"] = went_wrong
        world.until_time(went_wrong + timedelta(minutes=minutes))
        world.aws.scheduler.faults.silent = True
        troubles.last()
        world.until_time(went_wrong + timedelta(hours=1))

        assert troubles.last() == (world.schedule.now() if counts else went_wrong)
