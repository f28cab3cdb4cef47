"""Lambda on the laptop: handlers by their deployed name, and `aws lambda invoke`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.clock import ScaledClock
from local.engine import Engine
from local.functions import FunctionCrashed, Invocation, InvocationRefused
from tests.workflow.engine_world import (
    ACCOUNT_ID,
    NOTHING,
    REGION,
    World,
    output_of,
    running,
    task,
    template_of,
    until,
)

HANDLER = """
import os

class StoreUnavailable(Exception):
    pass

def handler(event, context):
    if event == "fail":
        raise StoreUnavailable("busy")
    return {
        "table": os.environ["ITEMS_TABLE"],
        "function": context.function_name,
        "arn": context.invoked_function_arn,
        "request": len(context.aws_request_id),
        "left": context.get_remaining_time_in_millis(),
        "memory": context.memory_limit_in_mb,
    }
"""


def test_a_handler_is_found_by_the_name_in_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_handlers.py").write_text(HANDLER)
    monkeypatch.syspath_prepend(tmp_path)
    work = {
        "StartAt": "Work",
        "States": {"Work": task("Work", OutputPath="$.Payload", End=True)},
    }
    template = template_of(work, {"Work": "shop_handlers.handler"})
    clock = ScaledClock(600)
    with Engine(template, clock=clock, account_id=ACCOUNT_ID, region=REGION) as engine:
        world = World(engine)
        output = output_of(world.run())
        answer = world.functions.invoke(FunctionName="shop-Work", Payload=b'"fail"')
        report = json.loads(answer["Payload"].read())
    assert 0 < output.pop("left") <= 30_000
    assert output == {
        "table": "shop-ItemsTable",
        "function": "shop-Work",
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:shop-Work",
        "request": 36,
        "memory": 128,
    }
    assert answer["FunctionError"] == "Unhandled"
    assert (report["errorType"], report["errorMessage"]) == ("StoreUnavailable", "busy")
    assert any("shop_handlers.py" in line for line in report["stackTrace"])


def test_invoke_over_the_wire_returns_what_the_handler_returns() -> None:
    with running(NOTHING, {"Double": lambda event: event * 2}) as world:
        listed = world.functions.list_functions()["Functions"]
        by_arn = world.functions.invoke(FunctionName=listed[0]["FunctionArn"], Payload=b"21")
        described = world.functions.get_function(FunctionName="shop-Double")
    assert json.loads(by_arn["Payload"].read()) == 42
    assert described["Configuration"]["Handler"] == "not_imported.handler"


def test_an_asynchronous_invocation_is_accepted_and_runs() -> None:
    seen: list[object] = []
    with running(NOTHING, {"Work": seen.append}) as world:
        answer = world.functions.invoke(
            FunctionName="shop-Work", InvocationType="Event", Payload=b'{"a":1}'
        )
        until(lambda: bool(seen))
    assert (answer["StatusCode"], seen) == (202, [{"a": 1}])


@pytest.mark.parametrize(
    ("error", "error_type"),
    [
        (FunctionCrashed("Sandbox.Timedout", "timed out"), "Sandbox.Timedout"),
        (SystemExit(1), "Runtime.ExitError"),
        (KeyError("wave"), "KeyError"),
    ],
)
def test_a_function_that_dies_is_reported_as_lambda_does(
    error: BaseException, error_type: str
) -> None:
    def handler(_: object) -> None:
        raise error

    with running(NOTHING, {"Work": handler}) as world:
        answer = world.functions.invoke(FunctionName="shop-Work")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == error_type


def test_an_answer_that_is_not_json_is_the_functions_fault() -> None:
    with running(NOTHING, {"Work": lambda _: object()}) as world:
        answer = world.functions.invoke(FunctionName="shop-Work")
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.MarshalError"


def test_throttling_and_unknown_functions_are_errors_of_the_service() -> None:
    def refuse(_: Invocation) -> None:
        raise InvocationRefused

    with running(NOTHING, {"Work": lambda _: None}, invoker=refuse) as world:
        with pytest.raises(world.functions.exceptions.TooManyRequestsException):
            world.functions.invoke(FunctionName="shop-Work")
        with pytest.raises(world.functions.exceptions.ResourceNotFoundException):
            world.functions.invoke(FunctionName="shop-Other")


def test_what_the_lambda_api_does_not_simulate_says_so() -> None:
    with running() as world, pytest.raises(ClientError, match="not simulated"):
        world.functions.delete_function(FunctionName="shop-Work")


def test_a_fault_after_the_effect_leaves_the_effect() -> None:
    effects: list[str] = []

    def die_afterwards(invocation: Invocation) -> None:
        effects.append(invocation.function.name)
        raise FunctionCrashed

    retry = [{"ErrorEquals": ["Runtime.ExitError"], "MaxAttempts": 2, "IntervalSeconds": 1}]
    work = {"StartAt": "Work", "States": {"Work": task("Work", Retry=retry, End=True)}}
    with running(work, {"Work": lambda _: None}, invoker=die_afterwards) as world:
        execution = world.run()
    assert (execution["status"], execution["error"]) == ("FAILED", "Runtime.ExitError")
    assert effects == ["shop-Work"] * 3
