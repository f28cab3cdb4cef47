"""A clean-up that is started beside another: what is at work goes on, what died is taken over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.virtual.calls import Call
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import (
    ask,
    ask_in_vain,
    drilled,
    start_another,
    stop,
    until_terminating,
    until_written,
    workflow,
)


def until_ended(world: VirtualWorld, run: Run) -> Run:
    world.until(lambda: not run.is_running)
    return run


@pytest.mark.parametrize("loud", [True, False], ids=["heard", "unheard"])
def test_a_second_clean_up_leaves_the_one_at_work_alone(*, loud: bool) -> None:
    with drilled(loud=loud) as (world, id_):
        ask(world, id_)
        until_terminating(world)
        first, second = workflow(world), until_ended(world, start_another(world, id_))
        were_both_at_work = first.is_running
        clean_up = until_written(world, id_).clean_up
        until_ended(world, first)

    assert were_both_at_work
    assert second.status == "FAILED"
    assert f"workflow '{first.name}' is at work" in (second.cause or "")
    assert first.status == "SUCCEEDED"
    assert clean_up is not None
    assert (clean_up.status, clean_up.requested_by) == ("COMPLETED", "somebody")


def test_a_second_clean_up_that_fails_on_an_error_ends_none_but_itself() -> None:
    def has_a_bug(call: Call) -> None:
        if call.caller == "TerminateInstancesFunction":
            raise RuntimeError("a bug")

    with drilled() as (world, id_):
        ask(world, id_)
        until_terminating(world)
        world.until_time(world.schedule.now() + timedelta(seconds=15))  # the first one rests
        world.calls.before = has_a_bug
        first, second = workflow(world), until_ended(world, start_another(world, id_))
        clean_up = until_written(world, id_).clean_up
        until_ended(world, first)

    assert "a bug" in (second.cause or "")
    assert first.status == "SUCCEEDED"
    assert clean_up is not None
    assert (clean_up.status, clean_up.reason) == ("COMPLETED", None)
    assert [each.result for each in clean_up.instances] == ["TERMINATED"] * 3


def test_a_second_clean_up_takes_over_from_one_that_died() -> None:
    with drilled(loud=False) as (world, id_):
        ask(world, id_)
        until_terminating(world)
        stop(world)
        second = until_ended(world, start_another(world, id_))
        clean_up = until_written(world, id_).clean_up
        jobs = [j for j in world.simulator.truth(*world.simulator.home).jobs if j.kind != "LAUNCH"]

    assert second.status == "SUCCEEDED"
    assert len(jobs) == 1
    assert clean_up is not None
    assert (clean_up.status, clean_up.requested_by) == ("COMPLETED", None)


def test_a_second_clean_up_waits_for_one_that_is_to_begin_and_cleans_up_if_it_never_does() -> None:
    with drilled(loud=False) as (world, id_):
        ask_in_vain(world, id_)
        second = until_ended(world, start_another(world, id_))
        clean_up = until_written(world, id_).clean_up

    assert second.status == "SUCCEEDED"
    assert clean_up is not None
    assert (clean_up.status, clean_up.requested_by) == ("COMPLETED", None)
