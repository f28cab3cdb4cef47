"""A clean-up that a plan promises, and that never begins: the drill's record says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.services.clean_ups.end_dead_clean_up import EndDeadCleanUp
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import (
    ask,
    clean_up_runs,
    drilled,
    schedules,
    status,
    stop,
    until_written,
)
from tests.simulation.watch import Violated

PROMISED = {"cleanUpAfterMinutes": 60}


def until_stopped_unbegun(world: VirtualWorld) -> None:
    world.until(lambda: bool(clean_up_runs(world)))
    stop(world)


def test_a_promised_clean_up_that_does_not_begin_is_incomplete_and_can_be_asked_for() -> None:
    with drilled(loud=False, settings=PROMISED) as (world, id_):
        until_stopped_unbegun(world)
        told = until_written(world, id_)
        told_at = world.schedule.now()
        ask(world, id_)
        done = until_written(world, id_)

    assert told.clean_up is not None
    assert told.clean_up_time is not None
    assert told.clean_up.status == "INCOMPLETE"
    assert told.clean_up.reason == (
        f"promised for {told.clean_up_time:%Y-%m-%d %H:%M:%S} UTC, and did not begin;"
        " ask for it by hand"
    )
    assert told_at - told.clean_up_time < timedelta(minutes=6)
    assert done.clean_up is not None
    assert (done.clean_up.status, done.clean_up.reason) == ("COMPLETED", None)


def test_a_promised_clean_up_that_begins_late_begins_all_the_same() -> None:
    with drilled(loud=False, settings=PROMISED) as (world, id_):
        until_stopped_unbegun(world)
        world.until(lambda: status(world, id_) == "INCOMPLETE")
        (again,) = (run.input for run in clean_up_runs(world))
        late = world.interpreter.start(clean_up_runs(world)[0].machine_arn, "late", again)
        world.until(lambda: not late.is_running)
        done = until_written(world, id_)

    assert done.clean_up is not None
    assert (done.clean_up.status, done.clean_up.requested_by) == ("COMPLETED", "schedule")


def test_a_clean_up_is_promised_together_with_a_look_whether_it_has_begun() -> None:
    with drilled(loud=False, settings=PROMISED) as (world, id_):
        promised = sorted(schedules(world))
        done = until_written(world, id_)

    assert promised == [f"cleanup-{id_}", f"look-{id_}"]
    assert done.clean_up is not None
    assert done.clean_up.status == "COMPLETED"


def test_a_promised_clean_up_that_nobody_can_look_for_is_shown_as_overdue() -> None:
    def dies(call: Call) -> None:
        if call.caller == "ReconcileExecutionFunction":
            raise FunctionEnded

    with drilled(loud=False, settings=PROMISED) as (world, id_):
        until_stopped_unbegun(world)
        world.calls.before = dies
        world.until(lambda: not schedules(world))
        world.until_time(world.schedule.now() + timedelta(minutes=5))
        shown = world.orchestrator.read_executions.get(id_)

    assert shown.clean_up is None
    assert shown.clean_up_problem is not None
    assert "did not begin" in shown.clean_up_problem


def test_a_promised_clean_up_that_fails_to_come_in_silence_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EndDeadCleanUp, "_end_if_missed", lambda *_: None)

    def unnoticed() -> None:
        with drilled(loud=False, settings=PROMISED) as (world, _):
            until_stopped_unbegun(world)
            world.until_time(world.schedule.now() + timedelta(minutes=11))

    with pytest.raises(Violated, match=r"I14: the clean-up of .* was promised for .*, nothing is"):
        unnoticed()
