"""The clean-up of a drill, as far as the front door decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest

from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from tests.api.api_client import REGION, Api


@pytest.fixture
def store(environment: dict[str, str]) -> Iterator[ExecutionStore]:
    client = boto3.client("dynamodb", REGION)
    yield ExecutionStore(DynamoDBItems(client, environment["EXECUTIONS_TABLE"]))
    client.close()


def execution(execution_type: ExecutionType, status: ExecutionStatus) -> Execution:
    return Execution(
        execution_id=f"{execution_type.lower()}-1",
        plan_id="plan_a",
        execution_type=execution_type,
        status=status,
        start_time=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_an_execution_that_does_not_exist_is_not_cleaned_up(api: Api) -> None:
    answer = api.post("/executions/drill-1/clean-up", None)
    assert (answer.status_code, answer.json()["code"]) == (404, "ExecutionNotFound")


@pytest.mark.parametrize(
    ("execution_type", "status", "told"),
    [
        (ExecutionType.RECOVERY, ExecutionStatus.COMPLETED, "is a RECOVERY"),
        (ExecutionType.DRILL, ExecutionStatus.RUNNING, "is RUNNING; clean up after its end"),
    ],
)
def test_what_must_not_be_cleaned_up_is_refused_and_leaves_no_record(
    api: Api,
    store: ExecutionStore,
    execution_type: ExecutionType,
    status: ExecutionStatus,
    told: str,
) -> None:
    refused = execution(execution_type, status)
    store.create(refused)
    answer = api.post(f"/executions/{refused.execution_id}/clean-up", None)
    assert (answer.status_code, answer.json()["code"]) == (409, "CleanUpRefused")
    assert told in answer.json()["detail"]
    assert api.get(f"/executions/{refused.execution_id}").json()["cleanUp"] is None


def test_a_clean_up_whose_workflow_cannot_be_started_does_not_seem_to_run(
    api: Api, store: ExecutionStore
) -> None:
    store.create(execution(ExecutionType.DRILL, ExecutionStatus.COMPLETED))
    answer = api.post("/executions/drill-1/clean-up", None)
    assert (answer.status_code, answer.json()["code"]) == (503, "WorkflowUnavailable")
    clean_up = api.get("/executions/drill-1").json()["cleanUp"]
    assert clean_up["status"] == "INCOMPLETE"
    assert "StartExecution" in clean_up["reason"]
