"""Tasks that wait: for their function, or until somebody rings their token."""

from __future__ import annotations

from typing import Any

import pytest

from local.virtual.interpreter import NoSuchToken, TokenSpent
from local.virtual.results import Answer
from tests.simulation.world.small_machines import (
    WAIT_FOR_TOKEN,
    Workbench,
    machine,
    task,
)

Json = Any


def test_a_task_that_takes_too_long_times_out_while_its_function_goes_on() -> None:
    ended: list[float] = []
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Done"}]
    definition = machine("Work", Work=task("slow", TimeoutSeconds=30, Catch=catch))
    bench = Workbench(
        definition, {"slow": lambda _: ended.append(bench.schedule.elapsed_seconds)}, seconds=100
    )
    run = bench.run({"kept": True})
    timed_out_after = bench.schedule.elapsed_seconds
    while bench.schedule.step():
        pass

    assert (timed_out_after, ended) == (30, [100])
    assert run.output == {"kept": True}
    assert "TaskTimedOut" in [e.type for e in run.history]


def _resting(seen: list[str], **fields: Json) -> Workbench:
    rest = {
        "Type": "Task",
        "Resource": WAIT_FOR_TOKEN,
        "Parameters": {"FunctionName": "hang", "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSecondsPath": "$.seconds",
        "ResultPath": "$.step",
        "Next": "Done",
        **fields,
    }
    return Workbench(
        machine("Rest", Rest=rest), {"hang": lambda event: seen.append(event["token"])}, seconds=1
    )


def test_a_task_rests_until_its_token_is_rung_once() -> None:
    tokens: list[str] = []
    bench = _resting(tokens)
    run = bench.start({"seconds": 3600})
    while not tokens:
        bench.schedule.step()
    bench.schedule.after(60, lambda: bench.interpreter.answer(tokens[0], Answer({"next": "START"})))
    while run.is_running:
        bench.schedule.step()

    assert bench.schedule.elapsed_seconds == 61
    assert run.output["step"] == {"next": "START"}
    assert len(run.history) == 2 + 2 + 6
    with pytest.raises(TokenSpent):
        bench.interpreter.answer(tokens[0], Answer({}))
    with pytest.raises(NoSuchToken):
        bench.interpreter.answer("another", Answer({}))


def test_a_token_that_nobody_rings_times_out_and_is_spent() -> None:
    tokens: list[str] = []
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.step.timeout", "Next": "Done"}]
    bench = _resting(tokens, Catch=catch)
    run = bench.run({"seconds": 60, "step": {"next": "HOLD"}})

    assert bench.schedule.elapsed_seconds == 60
    assert run.output["step"] == {"next": "HOLD", "timeout": {"Error": "States.Timeout"}}
    with pytest.raises(TokenSpent):
        bench.interpreter.answer(tokens[0], Answer({}))


@pytest.mark.parametrize("seconds", [2.5, "30", 0])
def test_a_time_out_takes_whole_seconds_only(seconds: Json) -> None:
    run = _resting([]).run({"seconds": seconds})

    assert (run.status, run.error) == ("FAILED", "States.Runtime")
