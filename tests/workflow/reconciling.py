"""Stopping workflows as people do it, and what is left of them in Scheduler and tables."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.schedules import EventBridgeSchedules
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.server import Place
from drs_orchestrator.settings import read_settings
from local.deployment import Json
from tests.workflow.engine_world import until
from tests.workflow.laptop import ACCOUNT, REGION, Laptop

RECONCILE = "drs-orchestrator-reconcile-execution"
_TABLE = "ExecutionsTable"


def stop(running: Laptop, execution_id: str) -> datetime:
    """Stop the workflow as a person does in the AWS console; return when."""
    arn = running.read(execution_id)["executionArn"]
    running.step_functions.stop_execution(executionArn=arn, error="Wrong plan", cause="ada")
    return running.clock.now()


def launching(running: Laptop, execution_id: str) -> Json:
    """Return the execution once DRS has a job of it."""
    return running.until(execution_id, lambda e: any(each["jobs"] for each in e["waves"]))


def is_watched(running: Laptop, execution_id: str) -> bool:
    """Return whether a schedule looks after the execution."""
    return f"reconcile-{execution_id}" in running.scheduler.truth(ACCOUNT, REGION)


def until_retired(running: Laptop, execution_id: str) -> None:
    """Return as soon as nothing looks after the execution any more."""
    until(lambda: not is_watched(running, execution_id))


def records(running: Laptop, partition: str) -> list[dict[str, Any]]:
    """Return the stored items of a partition of the Executions table."""
    dynamodb = running.client("dynamodb")
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if _TABLE in name]
    items: list[dict[str, Any]] = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": partition}},
        ConsistentRead=True,
    )["Items"]
    return items


def grants(running: Laptop) -> list[str]:
    """Return the keys of the ledger's grants."""
    ledger = records(running, f"LEDGER#{ACCOUNT}#{REGION}")
    return [item["sk"]["S"] for item in ledger if item["sk"]["S"].startswith("JOB#")]


def invoke(running: Laptop, function: str, event: Json) -> None:
    """Invoke the named function, or the one whose name ends so; it must not fail."""
    client = running.client("lambda")
    names = [each["FunctionName"] for each in client.list_functions()["Functions"]]
    (name,) = [each for each in names if each.endswith(function)]
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()


def reconcile(running: Laptop, execution_id: str) -> None:
    """Let the reconciler look once more."""
    invoke(running, RECONCILE, {"executionId": execution_id})


def begin_but_never_start(running: Laptop, header: Execution) -> None:
    """Do what the front door does before it starts the workflow, and die."""
    settings = read_settings()
    items = DynamoDBItems(running.client("dynamodb"), settings.executions_table)
    ExecutionStore(items).create(header)
    EventBridgeSchedules(
        Sessions(Place(ACCOUNT, REGION)),
        group=settings.schedule_group,
        role_name=settings.scheduler_role_name,
        state_machine_name=settings.clean_up_state_machine_name,
        reconcile_function_name=settings.reconcile_function_name,
    ).reconcile_regularly(header.execution_id)
