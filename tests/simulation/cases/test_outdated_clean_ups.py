"""A *Terminate instances* whose connection was lost, and that goes on when its clean-up is over.

And one that only seems to be.
"""

from __future__ import annotations

from collections.abc import Callable

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
    until_written,
)
from tests.simulation.cases.outdated import Outdated
from tests.simulation.evidence import collect
from tests.simulation.strikes import no_answer


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


def test_one_that_was_closed_for_want_of_an_answer_begins_all_the_same() -> None:
    """The record has ended, and names the workflow; but that has yet to begin."""

    def lose_answer(call: Call) -> None:
        if call.operation == "StartExecution":
            raise no_answer(call)

    def until_closed(call: Call) -> None:
        while call.caller == "TerminateInstancesFunction" and not closed:
            world.schedule.sleep(0.1)

    closed = False
    with drilled() as (world, id_):
        world.calls.before, world.calls.after = until_closed, lose_answer
        with pytest.raises(WorkflowUnavailable):
            ask(world, id_)
        told = status(world, id_)
        closed = True
        world.until(lambda: not clean_up_runs(world)[0].is_running)
        done = until_written(world, id_).clean_up

    assert told == "INCOMPLETE"
    assert done is not None
    assert (done.status, done.reason) == ("COMPLETED", None)
