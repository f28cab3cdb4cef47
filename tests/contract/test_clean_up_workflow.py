"""Clean-ups in Step Functions as the product sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from queue import Queue

import pytest

from drs_orchestrator.adapters.clean_up_workflow import StepFunctionsCleanUp
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.errors import WorkflowUnavailable
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.workflow_state import WorkflowStatus
from tests.workflow.engine_world import (
    ACCOUNT_ID,
    DONE,
    REGION,
    WAIT_FOR_TOKEN,
    World,
    running,
    task,
    until,
)

HOME = Place(ACCOUNT_ID, REGION)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    tokens: Queue[str] = Queue()
    wait = task("Gate", WAIT_FOR_TOKEN, Next="Done")
    definition = {"StartAt": "Gate", "States": {"Gate": wait, "Done": DONE}}
    with running(definition, {"Gate": lambda event: tokens.put(event["token"])}) as world:
        yield world


def executions(world: World) -> dict[str, str]:
    """Return the ARNs of all executions by their names."""
    arn = world.engine.state_machine_arn
    found = world.stepfunctions.list_executions(stateMachineArn=arn)["executions"]
    return {each["name"]: each["executionArn"] for each in found}


def test_a_clean_up_runs_from_its_start_to_its_end(world: World) -> None:
    workflow = StepFunctionsCleanUp(Sessions(HOME), "machine")
    assert workflow.state("cleanup-drill-1-1").status is WorkflowStatus.ABSENT
    workflow.start("cleanup-drill-1-1", "drill-1")
    arn = executions(world)["cleanup-drill-1-1"]
    assert json.loads(world.describe(arn)["input"]) == {"executionId": "drill-1"}
    assert workflow.state("cleanup-drill-1-1").status is WorkflowStatus.RUNNING
    world.stepfunctions.stop_execution(executionArn=arn, error="ByHand", cause="ada")
    until(lambda: workflow.state("cleanup-drill-1-1").status is WorkflowStatus.ABORTED)
    assert workflow.state("cleanup-drill-1-1").said == (
        "was stopped by hand in Step Functions (ByHand: ada)"
    )


def test_a_name_that_was_started_before_stays_as_it_is(world: World) -> None:
    workflow = StepFunctionsCleanUp(Sessions(HOME), "machine")
    workflow.start("cleanup-drill-2-1", "drill-2")
    before = executions(world)
    workflow.start("cleanup-drill-2-1", "drill-2")
    workflow.start("cleanup-drill-2-1", "drill-3")
    assert executions(world) == before


def test_a_machine_that_does_not_exist_starts_nothing(world: World) -> None:
    nobody = StepFunctionsCleanUp(Sessions(HOME), "another")
    assert world.engine.state_machine_arn
    with pytest.raises(WorkflowUnavailable, match="StartExecution of 'cleanup-drill-1-1'"):
        nobody.start("cleanup-drill-1-1", "drill-1")
