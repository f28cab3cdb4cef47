"""Verdicts of executions, policies of failures, the order of actions, promised clean-ups: what
breaks their invariants, and what does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.simulation.broken.altered import later, sound_drill, with_jobs, with_records
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import Check, endings, order_of_actions, policies
from tests.simulation.stored import ExecutionRecords, Record

# What is done to the records of the sound drill, whose waves are db and, behind it, app.
Write = Callable[[ExecutionRecords], object]
Times = tuple[float | None, float | None]


def _ends(status: str, *, db: str = "COMPLETED", app: str = "COMPLETED", **header: object) -> Write:
    """Let the execution and its waves end so."""

    def write(records: ExecutionRecords) -> None:
        records.header.update(status=status, **header)
        records.waves["db"].update(status=db)
        records.waves["app"].update(status=app)

    return write


def _died(evidence: Evidence, status: str) -> Evidence:
    """Return the same, as if the workflow had ended so before the verdict was written."""
    (name, run), *_ = evidence.runs.items()
    ended = datetime.fromisoformat(evidence.executions[name].header["endTime"])
    dead = replace(run, status=status, error=None, stopped_at=ended - timedelta(minutes=1))
    return replace(evidence, runs={name: dead})


@pytest.mark.parametrize(
    ("write", "is_fine"),
    [
        (_ends("COMPLETED"), True),
        (_ends("PARTIAL"), False),
        (_ends("COMPLETED", app="PARTIAL"), False),
        (_ends("PARTIAL", app="PARTIAL"), True),
        (_ends("PARTIAL", db="FAILED"), True),
        (_ends("FAILED", db="FAILED"), False),
        (_ends("FAILED", db="FAILED", app="SKIPPED"), True),
        (_ends("PARTIAL", db="FAILED", app="SKIPPED"), False),
        (_ends("COMPLETED", cancelledBy="ada"), False),
        (_ends("CANCELLED", cancelledBy="ada"), True),
        (_ends("CANCELLED"), False),
        (_ends("PARTIAL", db="FAILED", abortedBy="ada"), False),
        (_ends("FAILED", db="FAILED", abortedBy="ada"), True),
        (_ends("TIMED_OUT"), False),
        (_ends("TIMED_OUT", app="CANCELLED", overranTime="2100-01-11T08:00:00+00:00"), True),
    ],
)
def test_an_execution_ends_as_its_waves_did(write: Write, *, is_fine: bool) -> None:
    found = list(endings.executions_end_as_their_waves(with_records(sound_drill(), write)))

    assert (found == []) is is_fine


@pytest.mark.parametrize(
    ("workflow", "status", "is_fine"),
    [
        ("ABORTED", "CANCELLED", True),
        ("ABORTED", "COMPLETED", True),
        ("ABORTED", "FAILED", False),
        ("TIMED_OUT", "TIMED_OUT", True),
        ("FAILED", "FAILED", True),
        ("FAILED", "CANCELLED", False),
        ("SUCCEEDED", "FAILED", False),
    ],
)
def test_one_whose_workflow_died_may_end_as_that_did(
    workflow: str, status: str, *, is_fine: bool
) -> None:
    ended = with_records(_died(sound_drill(), workflow), _ends(status))

    assert (list(endings.executions_end_as_their_waves(ended)) == []) is is_fine


def test_a_workflow_that_ends_behind_the_verdict_changes_nothing_about_it() -> None:
    (name, run), *_ = sound_drill().runs.items()
    stopped = replace(sound_drill(), runs={name: replace(run, status="ABORTED")})

    found = list(endings.executions_end_as_their_waves(with_records(stopped, _ends("CANCELLED"))))

    assert found


def _promising(minutes: int | None, after: int | None, **header: object) -> Evidence:
    """Return the sound drill six minutes later: to be cleaned up after so many minutes, and
    promised to be after so many.
    """

    def write(records: ExecutionRecords) -> None:
        ended = datetime.fromisoformat(records.header["endTime"])
        records.header.update(cleanUpAfterMinutes=minutes, **header)
        if after is not None:
            records.header["cleanUpTime"] = (ended + timedelta(minutes=after)).isoformat()

    return with_records(later(sound_drill()), write)


@pytest.mark.parametrize(
    ("evidence", "is_fine"),
    [
        (_promising(None, None), True),
        (_promising(60, 60), True),
        (_promising(60, 180), False),
        (_promising(60, None), False),
        (_promising(60, None, cleanUpProblem="Scheduler is away"), True),
        (_promising(None, 60), False),
        (_promising(60, 60, executionType="RECOVERY"), False),
        (_promising(60, None, executionType="RECOVERY"), True),
    ],
)
def test_a_clean_up_is_promised_as_the_plan_says(evidence: Evidence, *, is_fine: bool) -> None:
    assert (list(endings.clean_ups_are_promised(evidence)) == []) is is_fine


@pytest.mark.parametrize(
    ("wave", "is_fine"),
    [
        ({"status": "FAILED", "onFailure": "STOP"}, False),
        ({"status": "FAILED", "failedAction": {"onFailure": "STOP"}}, False),
        ({"status": "FAILED", "onFailure": "CONTINUE"}, True),
        ({"status": "COMPLETED", "onFailure": "STOP"}, True),
    ],
)
def test_nothing_is_sent_after_a_stop(wave: Record, *, is_fine: bool) -> None:
    after = with_records(sound_drill(), lambda r: r.waves["db"].update(wave))
    before = with_records(after, lambda r: r.intents["app", 1, 0].update(sends=0))

    assert (list(policies.nothing_is_sent_after_a_stop(after, before)) == []) is is_fine


@pytest.mark.parametrize(
    ("kind", "wave", "is_fine"),
    [
        ("LAUNCH", {"onFailure": "CONTINUE"}, False),
        ("HEALTH", {"onFailure": "STOP"}, False),
        ("FAULT", {"onFailure": "STOP"}, False),
        ("LAUNCH", {"onFailure": "ASK"}, True),
        ("FAULT", {"onFailure": "ASK"}, True),
        ("STUCK", {"onFailure": "STOP"}, True),
        ("APPROVAL", {"onFailure": "CONTINUE"}, True),
        ("ACTION", {"onFailure": "STOP", "failedAction": {"onFailure": "ASK"}}, True),
        ("ACTION", {"onFailure": "ASK", "failedAction": {"onFailure": "CONTINUE"}}, False),
    ],
)
def test_a_wave_asks_about_failures_as_its_plan_says(
    kind: str, wave: Record, *, is_fine: bool
) -> None:
    asking = with_records(
        sound_drill(), lambda r: r.waves["db"].update(wave, question={"kind": kind})
    )

    assert (list(policies.only_those_ask_that_shall(asking)) == []) is is_fine


def test_an_answer_that_could_not_be_carried_out_is_asked_for_again() -> None:
    def write(records: ExecutionRecords) -> None:
        records.waves["db"].update(onFailure="STOP", question={"kind": "FAULT"})
        records.decisions.append({"wave": "db", "attempt": 1, "decision": "APPROVE"})

    assert not list(policies.only_those_ask_that_shall(with_records(sound_drill(), write)))


def _acting(
    phase: str, *times: tuple[float | None, float | None], status: str = "SUCCEEDED"
) -> Evidence:
    """Return the sound drill with actions of db that began and ended so many seconds after its
    job began; None: not at all.
    """
    (_, job), *_ = sound_drill().our_launches()
    names = [f"act-{number}" for number in range(len(times))]

    def at(seconds: float | None) -> str | None:
        return (
            None if seconds is None else (job.created_at + timedelta(seconds=seconds)).isoformat()
        )

    def write(records: ExecutionRecords) -> None:
        planned = {"BEFORE": "preActions", "AFTER": "postActions"}[phase]
        records.waves["db"][planned] = [{"name": name} for name in names]
        records.actions = [
            {"wave": "db", "phase": phase, "name": name, "status": status, **_times(at(a), at(b))}
            for name, (a, b) in zip(names, times, strict=True)
        ]

    return with_records(sound_drill(), write)


def _times(begun: str | None, ended: str | None) -> Record:
    times = {"startTime": begun, "endTime": ended}
    return {name: time for name, time in times.items() if time}


_IN_ORDER, _AT_ITS_TIME = (
    order_of_actions.actions_come_in_order,
    order_of_actions.launches_keep_to_their_actions,
)
_HOURS = 3600.0


@pytest.mark.parametrize(
    ("check", "evidence", "is_fine"),
    [
        (_IN_ORDER, _acting("BEFORE", (-9, -6), (-5, -2)), True),
        (_IN_ORDER, _acting("BEFORE", (-5, -2), (-9, -6)), False),
        (_IN_ORDER, _acting("BEFORE", (-9, -4), (-5, -2)), False),
        (_IN_ORDER, _acting("BEFORE", (-9, None), (-5, -2)), False),
        (_IN_ORDER, _acting("AFTER", (1, 2), (3, 4), status="RUNNING"), False),
        (_IN_ORDER, _acting("AFTER", (1, 2), (None, None)), True),
        (_AT_ITS_TIME, _acting("BEFORE", (-9, -6)), True),
        (_AT_ITS_TIME, _acting("BEFORE", (-9, 6)), False),
        (_AT_ITS_TIME, _acting("BEFORE", (None, None)), False),
        (_AT_ITS_TIME, _acting("AFTER", (9 * _HOURS, None)), True),
        (_AT_ITS_TIME, _acting("AFTER", (1, None)), False),
        (_AT_ITS_TIME, _acting("AFTER", (None, None)), True),
    ],
)
def test_actions_come_one_by_one_around_the_launch(
    check: Check, evidence: Evidence, *, is_fine: bool
) -> None:
    assert (list(check(evidence)) == []) is is_fine


def test_no_action_begins_while_a_job_of_its_wave_runs() -> None:
    acting = _acting("AFTER", (9 * _HOURS, None))
    running = with_jobs(acting, lambda jobs: [replace(each, ended_at=None) for each in jobs])

    assert list(_AT_ITS_TIME(running))
