"""What AWS lets an execution hold: its history, and the bytes of a state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.world.small_machines import (
    DONE,
    WAIT_FOR_TOKEN,
    Workbench,
    machine,
    task,
)

Json = Any


def test_a_history_that_is_full_ends_the_execution_and_no_catch_helps() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    states = {
        "Turn": task("f", "Rest", ResultPath=None, Catch=catch),
        "Rest": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Turn"},
    }
    run = Workbench(machine("Turn", **states), {"f": lambda _: None}).run({"s": 30})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert len(run.history) == 25_000


@pytest.mark.parametrize("left", range(2, 12))
def test_a_history_may_become_full_at_any_event_of_a_turn(left: int) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Rest", "ResultPath": "$.error"}]
    states = {
        "Turn": task("f", "Rest", Resource=WAIT_FOR_TOKEN, TimeoutSeconds=60, Catch=catch),
        "Rest": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Turn"},
    }
    bench = Workbench(machine("Turn", **states), {"f": lambda _: None}, seconds=1)
    run = bench.start({"s": 30})
    while len(run.history) < 25_000 - left:
        run.note(bench.schedule.now(), "SomethingElse")
    while run.is_running:
        assert bench.schedule.step()

    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert len(run.history) == 25_000


def test_a_state_larger_than_aws_lets_through_ends_the_execution() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    definition = machine("Work", Work=task("big", Catch=catch))
    run = Workbench(definition, {"big": lambda _: "x" * 262_144}).run()

    assert run.error == "States.DataLimitExceeded"


def test_the_largest_state_may_be_an_answer_of_which_nothing_is_kept() -> None:
    definition = machine("Work", Work=task("big", ResultSelector={}, ResultPath=None))
    run = Workbench(definition, {"big": lambda _: "x" * 5_000}).run()

    assert run.output == {}
    assert 5_000 < run.largest_state_bytes < 5_100


def test_the_largest_state_may_be_what_a_map_gathers_and_throws_away() -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": 0,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Work",
            "States": {"Work": task("big"), "Done": DONE},
        },
        "ResultPath": None,
        "Next": "Done",
    }
    run = Workbench(machine("Each", Each=each), {"big": lambda _: "x" * 1_000}).run(
        {"items": list(range(20))}
    )

    assert all(child.largest_state_bytes < 2_000 for child in run.children)
    assert run.largest_state_bytes > 20 * 1_000
