"""Step Functions as the product sees it: started once, rung as often as you like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from queue import Queue

import pytest

from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.errors import ExecutionExists, WorkflowUnavailable
from drs_orchestrator.domain.execution import ExecutionRequest
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.workflow_state import WorkflowStatus
from tests.workflow.engine_world import (
    ACCOUNT_ID,
    DONE,
    REGION,
    WAIT_FOR_TOKEN,
    World,
    output_of,
    running,
    task,
)

HOME = Place(ACCOUNT_ID, REGION)
DRILL = ExecutionRequest(plan_id="plan_a", execution_type=ExecutionType.DRILL)
START = Step(next=Next.START)


class Gate:
    """A running engine whose one state rests on a token."""

    def __init__(self, world: World, tokens: Queue[str]) -> None:
        self.world = world
        self._tokens = tokens
        self.workflow = StepFunctionsWorkflow(Sessions(HOME), "machine")

    def token(self) -> str:
        """Return the next token that is hung up."""
        return self._tokens.get(timeout=10)


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    tokens: Queue[str] = Queue()
    wait = task("Gate", WAIT_FOR_TOKEN, ResultPath="$.answer", Next="Done")
    definition = {"StartAt": "Gate", "States": {"Gate": wait, "Done": DONE}}
    with running(definition, {"Gate": lambda event: tokens.put(event["token"])}) as world:
        yield Gate(world, tokens)


def test_an_execution_is_started_under_its_own_name_with_what_was_asked_for(gate: Gate) -> None:
    arn = gate.workflow.start("drill-asked", DRILL.changed(actor="ada"))
    started = gate.world.describe(arn)
    assert started["name"] == "drill-asked"
    assert json.loads(started["input"]) == {
        "planId": "plan_a",
        "executionType": "DRILL",
        "actor": "ada",
    }
    gate.workflow.ring(gate.token(), START)
    gate.world.end_of(arn)


def test_a_name_is_never_started_with_another_request(gate: Gate) -> None:
    arn = gate.workflow.start("drill-twice", DRILL)
    with pytest.raises(ExecutionExists, match="drill-twice"):
        gate.workflow.start("drill-twice", DRILL.changed(plan_id="plan_b"))
    gate.workflow.ring(gate.token(), START)
    gate.world.end_of(arn)


def test_a_name_is_never_started_again_after_its_end(gate: Gate) -> None:
    arn = gate.workflow.start("drill-ended", DRILL)
    gate.workflow.ring(gate.token(), START)
    gate.world.end_of(arn)
    with pytest.raises(ExecutionExists, match="drill-ended"):
        gate.workflow.start("drill-ended", DRILL)


def test_a_start_that_cannot_be_made_says_which(gate: Gate) -> None:
    nobody = StepFunctionsWorkflow(Sessions(HOME), "another")
    assert gate.world.engine.state_machine_arn.endswith(":machine")
    with pytest.raises(WorkflowUnavailable, match="StartExecution of 'drill-nowhere'"):
        nobody.start("drill-nowhere", DRILL)


def test_a_ring_hands_the_step_to_the_wait(gate: Gate) -> None:
    arn = gate.workflow.start("drill-rung", DRILL)
    gate.workflow.ring(gate.token(), Step(next=Next.HOLD, wait_seconds=60))
    answer = output_of(gate.world.end_of(arn))["answer"]
    assert answer == {"next": "HOLD", "waitSeconds": 60}


def test_a_second_ring_changes_nothing(gate: Gate) -> None:
    arn = gate.workflow.start("drill-again", DRILL)
    token = gate.token()
    gate.workflow.ring(token, START)
    gate.workflow.ring(token, Step(next=Next.COMPLETE))
    assert output_of(gate.world.end_of(arn))["answer"]["next"] == "START"
    gate.workflow.ring(token, Step(next=Next.COMPLETE))


def test_a_wait_whose_execution_was_stopped_is_left_alone(gate: Gate) -> None:
    arn = gate.workflow.start("drill-stopped", DRILL)
    token = gate.token()
    gate.world.stepfunctions.stop_execution(executionArn=arn)
    gate.workflow.ring(token, START)
    assert gate.world.end_of(arn)["status"] == "ABORTED"


def test_a_bell_of_nobody_is_left_alone(gate: Gate) -> None:
    gate.workflow.ring("nobody", START)


def test_a_ring_that_cannot_be_made_is_no_success(gate: Gate) -> None:
    assert gate.world.engine.state_machine_arn
    with pytest.raises(WorkflowUnavailable, match="SendTaskSuccess"):
        gate.workflow.ring("", START)


def test_a_workflow_is_running_then_ended_and_one_nobody_started_is_absent(gate: Gate) -> None:
    arn = gate.workflow.start("drill-shown", DRILL)
    gate.token()
    assert gate.workflow.state("drill-shown").status is WorkflowStatus.RUNNING
    gate.world.stepfunctions.stop_execution(executionArn=arn, error="Wrong plan", cause="ada")
    gate.world.end_of(arn)
    shown = gate.workflow.state("drill-shown")
    assert shown.document() == {"status": "ABORTED", "error": "Wrong plan", "cause": "ada"}
    assert gate.workflow.state("drill-never").status is WorkflowStatus.ABSENT
