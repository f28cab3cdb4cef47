"""Steps of a clean-up that go on when it is over, or carried out by another workflow; and clean-ups
that only seem to be over, for the answer to their start was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from drs_orchestrator.domain.errors import WorkflowUnavailable
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import (
    ask,
    clean_up_runs,
    drilled,
    start_another,
    status,
    stop,
    until_terminating,
    until_written,
    workflow,
)
from tests.simulation.cases.outdated import Outdated
from tests.simulation.evidence import collect
from tests.simulation.stored import Record, ServerName
from tests.simulation.strikes import no_answer


def lose_answers_to_starts(call: Call) -> None:
    if call.operation == "StartExecution":
        raise no_answer(call)


def terminations(world: VirtualWorld, execution_id: str) -> Mapping[ServerName, Record]:
    return dict(collect(world).executions[execution_id].terminations)


def is_told(world: VirtualWorld, execution_id: str) -> None:
    """Wait for the verdict of the clean-up, whose workflow has yet to end."""
    world.until(lambda: status(world, execution_id) == "COMPLETED")
    assert clean_up_runs(world)[0].is_running


def has_ended(world: VirtualWorld, execution_id: str) -> None:
    """Wait for the end of the workflow, too."""
    is_told(world, execution_id)
    world.until(lambda: not clean_up_runs(world)[0].is_running)


def another_has_ended(world: VirtualWorld, execution_id: str) -> None:
    """And for that of another, by hand."""
    has_ended(world, execution_id)
    second = start_another(world, execution_id)
    world.until(lambda: not second.is_running)
    assert second.status == "SUCCEEDED"


@pytest.mark.parametrize("moment", [is_told, has_ended, another_has_ended])
def test_a_clean_up_that_is_over_is_not_opened_again(
    moment: Callable[[VirtualWorld, str], None],
) -> None:
    outdated = Outdated("TerminateInstancesFunction")
    with drilled(invoker=outdated) as (world, id_):
        outdated.watch(world)
        ask(world, id_)
        moment(world, id_)
        told = collect(world).executions[id_].clean_up
        world.do(lambda _: outdated.let_go())
        after = collect(world).executions[id_].clean_up
        done = until_written(world, id_).clean_up

    assert after == told
    assert done is not None
    assert (done.status, done.reason) == ("COMPLETED", None)


def test_a_step_of_the_attempt_before_notes_nothing_for_the_next() -> None:
    # Between its look at the record and that at the servers.
    outdated = Outdated("CheckTerminationFunction", call=2)
    with drilled(invoker=outdated) as (world, id_):
        outdated.watch(world)
        ask(world, id_)
        until_terminating(world)
        world.until(lambda: outdated.rests)
        stop(world)
        until_written(world, id_)
        ask(world, id_)
        world.until(lambda: not workflow(world).is_running)
        told = terminations(world, id_)
        world.do(lambda _: outdated.let_go())
        after = terminations(world, id_)

    assert after == told
    assert {(each["attempt"], each["result"]) for each in told.values()} == {(2, "TERMINATED")}


def test_a_step_that_is_under_way_when_its_clean_up_is_stopped_terminates_nothing() -> None:
    rests, let_go = False, False

    def rest(call: Call) -> None:
        nonlocal rests
        if (call.caller, call.operation) == ("TerminateInstancesFunction", "DescribeJobs"):
            rests = True
            while not let_go:
                world.schedule.sleep(0.1)

    with drilled() as (world, id_):
        world.calls.before = rest
        ask(world, id_)
        world.until(lambda: rests)
        stop(world)
        told = until_written(world, id_).clean_up
        let_go = True
        world.until_time(world.schedule.now() + timedelta(minutes=10))
        after = world.orchestrator.read_executions.get(id_).clean_up
        jobs = [job.kind for job in world.simulator.truth(*world.simulator.home).jobs]

    assert told is not None
    assert told.status == "INCOMPLETE"
    assert after == told
    assert jobs == ["LAUNCH"]


def test_one_whose_start_got_no_answer_and_that_is_at_work_is_not_closed() -> None:
    with drilled() as (world, id_):
        world.calls.after = lose_answers_to_starts
        ask(world, id_)
        told = status(world, id_)
        done = until_written(world, id_).clean_up

    assert told == "RUNNING"
    assert done is not None
    assert (done.status, done.reason) == ("COMPLETED", None)


def test_one_that_was_closed_for_want_of_an_answer_begins_all_the_same() -> None:
    """The record has ended, and names the workflow; but that has yet to begin."""

    def until_closed(call: Call) -> None:
        while call.caller == "TerminateInstancesFunction" and not closed:
            world.schedule.sleep(0.1)

    closed = False
    with drilled() as (world, id_):
        world.calls.before, world.calls.after = until_closed, lose_answers_to_starts
        with pytest.raises(WorkflowUnavailable):
            ask(world, id_)
        told = status(world, id_)
        closed = True
        world.until(lambda: not clean_up_runs(world)[0].is_running)
        done = until_written(world, id_).clean_up

    assert told == "INCOMPLETE"
    assert done is not None
    assert (done.status, done.reason) == ("COMPLETED", None)
