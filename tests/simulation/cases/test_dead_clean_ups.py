"""A clean-up whose workflow dies, or never begins: its record says so, whoever hears of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from drs_orchestrator.services.clean_ups.end_dead_clean_up import EndDeadCleanUp
from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import (
    ask,
    ask_here,
    ask_in_vain,
    clean_up_runs,
    drilled,
    status,
    stop,
    until_terminating,
    until_written,
    workflow,
)
from tests.simulation.scenarios import start
from tests.simulation.strikes import RequestDied
from tests.simulation.watch import Violated, Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("loud", [True, False], ids=["heard", "unheard"])
def test_a_clean_up_that_was_stopped_by_hand_is_incomplete_and_lists_what_is_left(
    *, loud: bool
) -> None:
    with drilled(loud=loud) as (world, id_):
        ask(world, id_)
        until_terminating(world)
        stop(world)
        stopped_at = world.schedule.now()
        clean_up = until_written(world, id_).clean_up
        within = world.schedule.now() - stopped_at
        jobs = [j for j in world.simulator.truth(*world.simulator.home).jobs if j.kind != "LAUNCH"]
        ask(world, id_)
        again = until_written(world, id_).clean_up

    assert within <= timedelta(seconds=10 if loud else 300)
    assert clean_up is not None
    assert clean_up.status == "INCOMPLETE"
    assert "its workflow was stopped by hand in Step Functions (ByHand" in (clean_up.reason or "")
    assert [each.result for each in clean_up.instances] == ["LEFT"] * 3
    assert all("stopped by hand" in (each.reason or "") for each in clean_up.instances)
    assert len(jobs) == 1
    assert again is not None
    assert again.status == "COMPLETED"


@pytest.mark.parametrize("loud", [True, False], ids=["heard", "unheard"])
def test_a_clean_up_that_a_bug_kept_from_its_last_step_says_so(*, loud: bool) -> None:
    def has_a_bug(call: Call) -> None:
        if call.caller == "FinishCleanUpFunction":
            raise RuntimeError("a bug")

    with drilled(loud=loud) as (world, id_):
        world.calls.before = has_a_bug
        ask(world, id_)
        clean_up = until_written(world, id_).clean_up
        failed = workflow(world)

    assert failed.status == "FAILED"
    assert clean_up is not None
    assert clean_up.status == "INCOMPLETE"
    assert "its workflow failed in Step Functions (RuntimeError" in (clean_up.reason or "")
    assert [each.result for each in clean_up.instances] == ["TERMINATED"] * 3


def test_a_clean_up_whose_start_never_came_through_is_ended_after_a_while() -> None:
    with drilled(loud=False) as (world, id_):
        ask_in_vain(world, id_)
        world.until_time(world.schedule.now() + 2.5 * MINUTE)
        early = status(world, id_)
        world.until_time(world.schedule.now() + 3 * MINUTE)
        clean_up = world.orchestrator.read_executions.get(id_).clean_up

    assert early == "RUNNING"
    assert clean_up is not None
    assert clean_up.status == "INCOMPLETE"
    assert "was never started" in (clean_up.reason or "")


def test_it_is_ended_too_while_a_job_of_the_drill_runs_on() -> None:
    stuck = ServerFault(server_id(0), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=36000)
    with VirtualWorld(fleet(2), faults=Faults(servers=[stuck])) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", wave("db", servers(0, 2))))
        world.until_time(world.schedule.now() + 10 * MINUTE)
        (drill,) = world.interpreter.executions.values()
        world.interpreter.stop(drill.arn, "ByHand", "by mistake")
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        ask_in_vain(world, id_)
        asked = world.schedule.now()
        clean_up = until_written(world, id_).clean_up
        within = world.schedule.now() - asked
        (job,) = world.simulator.truth(*world.simulator.home).jobs
        watch.at_the_end()

    assert job.ended_at is None
    assert within <= 5 * MINUTE
    assert clean_up is not None
    assert "was never started" in (clean_up.reason or "")


def test_it_is_ended_too_if_the_reconciler_took_its_leave_when_it_was_asked_for() -> None:
    def start_and_die() -> None:
        with suppress(RequestDied):
            ask_here(world, id_)

    seen: set[str] = set()

    def before(call: Call) -> None:
        if call.operation == "DeleteSchedule" and "leave" not in seen:
            seen.add("leave")
            world.schedule.spawn(start_and_die, "somebody")
            while "watched" not in seen:
                world.schedule.sleep(0.01)
        if call.caller == "somebody" and call.operation == "StartExecution":
            raise RequestDied

    def after(call: Call) -> None:
        if call.caller == "somebody" and call.operation == "CreateSchedule":
            seen.add("watched")

    with VirtualWorld(fleet(1)) as world:
        id_ = start(world, plan("one", wave("db", servers(0, 1))))
        world.calls.before, world.calls.after = before, after
        world.until(lambda: status(world, id_) == "RUNNING")
        asked = world.schedule.now()
        until_written(world, id_)
        within = world.schedule.now() - asked

    assert within <= 6 * MINUTE


def test_a_clean_up_that_was_asked_for_again_is_not_ended_by_a_look_at_the_one_before() -> None:
    """The look holds the record of the first while the second begins."""
    with drilled(loud=False) as (world, id_):
        ask(world, id_)
        until_terminating(world)
        stop(world)
        asked = False

        def meanwhile(call: Call) -> None:
            nonlocal asked
            is_look = call.caller == "ReconcileExecutionFunction"
            if is_look and call.operation == "DescribeExecution" and not asked:
                asked = True
                world.schedule.spawn(lambda: ask_here(world, id_), "somebody")
                world.schedule.sleep(20)

        world.calls.after = meanwhile
        world.until(lambda: asked and len(clean_up_runs(world)) == 2)
        clean_up = until_written(world, id_).clean_up
        second = workflow(world)

    assert second.status == "SUCCEEDED"
    assert clean_up is not None
    assert (clean_up.status, clean_up.reason) == ("COMPLETED", None)


def test_a_clean_up_that_says_running_long_after_its_workflow_ended_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EndDeadCleanUp, "_end", lambda *_: None)

    def unnoticed() -> None:
        with drilled() as (world, id_):
            ask(world, id_)
            until_terminating(world)
            stop(world)
            world.until_time(world.schedule.now() + 30 * MINUTE)
            Watch(world).at_the_end()

    with pytest.raises(Violated, match=r"I14: the clean-up of .* is RUNNING, its workflow ABORTED"):
        unnoticed()
