"""A small world for tests of the engine: one definition, its handlers as callables, one table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3

from local.clock import ScaledClock
from local.deployment import Json
from local.engine import Engine
from local.functions import Invocation
from local.template import Template

ACCOUNT_ID = "111122223333"
REGION = "us-west-2"
TABLE_NAME = "shop-ItemsTable"
INVOKE = "arn:aws:states:::lambda:invoke"
WAIT_FOR_TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"

Handler = Callable[[Any], Any]
Definition = Mapping[str, Any]
DONE: Definition = {"Type": "Succeed"}
NOTHING: Definition = {"StartAt": "Done", "States": {"Done": DONE}}

_STRING_KEYS = [
    {"AttributeName": "pk", "AttributeType": "S"},
    {"AttributeName": "sk", "AttributeType": "S"},
]
_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": _STRING_KEYS,
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    },
}


def resources(definition: Definition, functions: Mapping[str, str]) -> dict[str, Any]:
    """The resources of a stack with the definition, a table and functions {logical id: handler}."""
    return {
        "ItemsTable": _TABLE,
        "MachineRole": {"Type": "AWS::IAM::Role"},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "machine",
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "DefinitionString": json.dumps(definition),
                "DefinitionSubstitutions": {
                    name: {"Fn::GetAtt": [name, "Arn"]} for name in functions
                },
            },
        },
        **{
            name: {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": handler,
                    "Timeout": 30,
                    "Environment": {"Variables": {"ITEMS_TABLE": {"Ref": "ItemsTable"}}},
                },
            }
            for name, handler in functions.items()
        },
    }


def write_stacks(directory: Path, **stacks: Mapping[str, Any]) -> Path:
    """Write templates as a cloud assembly has them."""
    for name, template in stacks.items():
        (directory / f"{name}.template.json").write_text(json.dumps(template))
    return directory


def template_of(definition: Definition, functions: Mapping[str, str]) -> Template:
    """The template of `resources`, through a file as in real life."""
    with TemporaryDirectory() as directory:
        stack = {"Resources": resources(definition, functions)}
        return Template.load(write_stacks(Path(directory), shop=stack))


def task(function: str, resource: str = INVOKE, **fields: Json) -> dict[str, Any]:
    """A Task state that hands its whole input (and its token) to a function."""
    payload = {"input.$": "$"}
    if resource == WAIT_FOR_TOKEN:
        payload["token.$"] = "$$.Task.Token"
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"FunctionName": f"${{{function}}}", "Payload": payload},
        **fields,
    }


class World:
    """An engine that runs, and the calls that tests make most."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.stepfunctions = boto3.client("stepfunctions")
        self.dynamodb = boto3.client("dynamodb")
        self.functions = boto3.client("lambda")

    def start(self, execution_input: object = None, name: str | None = None) -> str:
        """Start an execution and return its ARN."""
        arguments: dict[str, Any] = {} if name is None else {"name": name}
        return self.stepfunctions.start_execution(
            stateMachineArn=self.engine.state_machine_arn,
            input=json.dumps(execution_input or {}),
            **arguments,
        )["executionArn"]

    def describe(self, arn: str) -> dict[str, Any]:
        """DescribeExecution, as it answers now."""
        return dict(self.stepfunctions.describe_execution(executionArn=arn))

    def end_of(self, arn: str, patience_seconds: float = 60.0) -> dict[str, Any]:
        """Wait until an execution has ended and describe it."""
        until(lambda: self.describe(arn)["status"] != "RUNNING", patience_seconds)
        return self.describe(arn)

    def run(self, execution_input: object = None) -> dict[str, Any]:
        """Start an execution and wait for its end."""
        return self.end_of(self.start(execution_input))

    def history(self, arn: str) -> list[dict[str, Any]]:
        """Every event of an execution, page by page."""
        pages = self.stepfunctions.get_paginator("get_execution_history")
        return [
            dict(event) for page in pages.paginate(executionArn=arn) for event in page["events"]
        ]


def output_of(execution: Mapping[str, Any]) -> Json:
    """The output of a described execution that must have succeeded."""
    assert execution["status"] == "SUCCEEDED", execution
    return json.loads(execution["output"])


def until(condition: Callable[[], bool], patience_seconds: float = 60.0) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@contextmanager
def running(
    definition: Definition = NOTHING,
    handlers: Mapping[str, Handler] | None = None,
    *,
    scale: float = 600.0,
    **options: Json,
) -> Iterator[World]:
    """Run an engine whose functions are `handlers`, called with their event."""
    known = dict(handlers or {})

    def call(invocation: Invocation) -> Json:
        return known[invocation.function.name.removeprefix("shop-")](invocation.event)

    template = template_of(definition, dict.fromkeys(known, "not_imported.handler"))
    settings: dict[str, Any] = {
        "clock": ScaledClock(scale),
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "human_timeouts_scaled": True,
        "invoker": call,
        **options,
    }
    with Engine(template, **settings) as engine:
        yield World(engine)
