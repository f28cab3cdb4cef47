"""What the workflow sends its steps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from drs_orchestrator.domain.errors import InvalidRequest
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.observability import logger
from drs_orchestrator.steps.events import (
    Event,
    PrepareEvent,
    StateEvent,
    WaveEvent,
    named_in_logs,
)


def _prepare(input_: object) -> PrepareEvent:
    return PrepareEvent.model_validate(
        {
            "executionId": "drill-1",
            "executionArn": "arn:aws:states:us-west-2:111122223333:execution:recovery:drill-1",
            "startTime": "2026-01-01T12:00:00.000Z",
            "input": input_,
        }
    )


def _state(**state: object) -> StateEvent:
    return StateEvent.model_validate({"executionId": "drill-1", "wave": "web", "state": state})


def test_the_input_of_a_person_in_the_console_is_enough() -> None:
    request = _prepare({"planId": "plan_a", "executionType": "DRILL"}).request
    assert (request.plan_id, request.execution_type) == ("plan_a", ExecutionType.DRILL)
    assert (request.actor, request.replace_live_instances) == (None, None)


@pytest.mark.parametrize(
    ("input_", "pointers"),
    [
        ({}, ["/planId", "/executionType"]),
        ({"planId": "plan_a"}, ["/executionType"]),
        ({"planId": "plan_a", "executionType": "drill"}, ["/executionType"]),
        ({"planId": 7, "executionType": "DRILL"}, ["/planId"]),
        ({"planId": "plan_a", "executionType": "DRILL", "force": True}, ["/force"]),
    ],
)
def test_a_wrong_input_is_refused_at_its_places(
    input_: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(InvalidRequest, match='"planId"') as refusal:
        _ = _prepare(input_).request
    assert [fault.pointer for fault in refusal.value.faults] == pointers


@pytest.mark.parametrize("input_", ["text", None, 7, []])
def test_an_input_that_is_no_object_is_refused_as_a_whole(input_: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        _ = _prepare(input_).request
    assert len(refusal.value.faults) == 1


def test_a_state_without_a_caught_error_has_none() -> None:
    assert _state().error is None


@pytest.mark.parametrize(
    ("caught", "line"),
    [
        (
            {
                "Error": "DrsDenied",
                "Cause": json.dumps({"errorMessage": "no role", "errorType": "DrsDenied"}),
            },
            "DrsDenied: no role",
        ),
        ({"Error": "States.Timeout", "Cause": "not JSON {"}, "States.Timeout: not JSON {"),
        ({"Error": "States.Timeout"}, "States.Timeout: "),
        ({"Error": "X", "Cause": "[1]"}, "X: [1]"),
        ({"Error": "X", "Cause": '{"other": 1}'}, 'X: {"other": 1}'),
    ],
)
def test_a_caught_error_becomes_one_line(caught: dict[str, str], line: str) -> None:
    assert _state(error=caught).error == line


def test_a_state_that_failed_before_its_waves_names_none() -> None:
    assert StateEvent.model_validate({"executionId": "drill-1", "state": {}}).wave == ""


def test_a_payload_with_an_unknown_member_is_refused() -> None:
    with pytest.raises(ValidationError, match="plan"):
        WaveEvent.model_validate({"executionId": "drill-1", "wave": "web", "plan": {}})


def test_logs_name_the_execution_and_the_wave_only_during_the_call() -> None:
    seen: list[Event] = []

    @named_in_logs
    def handler(event: Event, _context: object) -> Event:
        seen.append(logger.thread_safe_get_current_keys())
        return {"wave": event["wave"]}

    assert handler({"executionId": "drill-1", "wave": "web", "token": "t"}, None) == {"wave": "web"}
    assert seen == [{"executionId": "drill-1", "wave": "web"}]
    assert logger.thread_safe_get_current_keys() == {}


def test_the_names_are_cleared_after_a_failure_too() -> None:
    @named_in_logs
    def handler(event: Event, _context: object) -> Event:
        raise KeyError(event["wave"])

    with pytest.raises(KeyError):
        handler({"executionId": "drill-1", "wave": "web"}, None)
    assert logger.thread_safe_get_current_keys() == {}
