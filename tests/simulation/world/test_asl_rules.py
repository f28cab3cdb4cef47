"""What no Step Functions would deploy, the virtual-time interpreter does not run."""

from __future__ import annotations

import json

import pytest

from local.virtual.asl import read_machine
from local.virtual.asl_rules import InvalidAsl
from local.virtual.paths import UnknownAsl
from tests.simulation.world.small_machines import INVOKE, Json, machine, task

RULE = {"Variable": "$.a", "StringEquals": "GO", "Next": "Done"}
CATCH_ALL = {"ErrorEquals": ["States.ALL"], "Next": "Done"}
FAIL = {"Type": "Fail", "Error": "Bad"}


def _retry(*names: str, **numbers: Json) -> Json:
    return {"ErrorEquals": list(names or ["A"]), **numbers}


def _choice(**fields: Json) -> Json:
    return {"Type": "Choice", "Choices": [RULE], "Default": "Done", **fields}


def _map(**fields: Json) -> Json:
    child = {"StartAt": "Child", "States": {"Child": {"Type": "Succeed"}}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": 100.0,
        "ItemProcessor": {"ProcessorConfig": config, **child, **fields.pop("processor", {})},
        "Next": "Done",
        **fields,
    }


@pytest.mark.parametrize(
    "state",
    [
        task("f", Retry=[_retry(), _retry("States.ALL")], Catch=[CATCH_ALL]),
        task("f", Retry=[_retry(MaxAttempts=0, BackoffRate=1, MaxDelaySeconds=1)]),
        _choice(),
        _map(),
    ],
)
def test_what_aws_takes_is_taken(state: Json) -> None:
    assert "First" in read_machine(machine("First", First=state), "plans").states


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (task("f", "Nowhere"), "Next: 'Nowhere': no such state"),
        (task("f", "First"), "Next: 'First': a state must not name itself"),
        (
            task("f", Catch=[{**CATCH_ALL, "Next": "Nowhere"}]),
            "Catch[0].Next: 'Nowhere': no such state",
        ),
        (
            task("f", Catch=[{**CATCH_ALL, "Next": "First"}]),
            "Catch[0].Next: 'First': a state must not name itself",
        ),
        (_choice(Default="Nowhere"), "Default: 'Nowhere': no such state"),
        (_choice(Default="First"), "Default: 'First': a state must not name itself"),
        (_choice(Choices=[RULE, {**RULE, "Next": "No"}]), "Choices[1].Next: 'No': no such state"),
        (_choice(Choices=[]), "Choices: []: must not be empty"),
        (_choice(Choices=[{**RULE, "StringEquals": 5}]), "Choices, StringEquals: 5: must be a"),
        (task("f", Catch=[CATCH_ALL, _retry()]), "Catch[0].ErrorEquals: ['States.ALL']: States"),
        (
            task("f", Retry=[_retry("A", "States.ALL")]),
            "Retry[0].ErrorEquals: ['A', 'States.ALL']: States.ALL must stand alone, and last",
        ),
        (
            task("f", Retry=[_retry("States.ALL"), _retry()]),
            "Retry[0].ErrorEquals: ['States.ALL']: States.ALL must stand alone, and last",
        ),
        (task("f", Retry=[{"ErrorEquals": []}]), "Retry[0].ErrorEquals: []: must be a list of"),
        (task("f", Retry=[{"ErrorEquals": "A"}]), "Retry[0].ErrorEquals: 'A': must be a list of"),
        (task("f", Catch=[{"ErrorEquals": [], "Next": "Done"}]), "Catch[0].ErrorEquals: []: must"),
        (task("f", Retry=[_retry(IntervalSeconds=0)]), "Retry, IntervalSeconds: 0: must be"),
        (task("f", Retry=[_retry(IntervalSeconds=-1)]), "Retry, IntervalSeconds: -1: must be"),
        (task("f", Retry=[_retry(IntervalSeconds=1.5)]), "Retry, IntervalSeconds: 1.5: must be"),
        (task("f", Retry=[_retry(MaxAttempts=-1)]), "Retry, MaxAttempts: -1: must be a whole"),
        (task("f", Retry=[_retry(MaxDelaySeconds=0)]), "Retry, MaxDelaySeconds: 0: must be a"),
        (task("f", Retry=[_retry(BackoffRate=0.5)]), "Retry, BackoffRate: 0.5: must be a number"),
        (task("f", Retry=[_retry(BackoffRate="2")]), "Retry, BackoffRate: '2': must be a number"),
        (task("f", TimeoutSeconds=0), "TimeoutSeconds: 0: must be a whole number from 1 to"),
        (task("f", TimeoutSeconds=True), "TimeoutSeconds: True: must be a whole number from 1 to"),
        (
            task("f", TimeoutSecondsPath="$.seconds"),
            "TimeoutSecondsPath: '$.seconds': there is TimeoutSeconds besides",
        ),
        ({**FAIL, "Cause": "a", "CausePath": "$.a"}, "CausePath: '$.a': there is Cause besides"),
        (_map(ToleratedFailurePercentage=101), "ToleratedFailurePercentage: 101: must be from"),
        (_map(processor={"StartAt": "No"}), "ItemProcessor, StartAt: 'No': no such state"),
        ({"Type": "Pass", "Result": {}, "End": False}, "End: False: must be true without a Next"),
    ],
)
def test_what_aws_refuses_is_refused_with_machine_state_field_and_value(
    state: Json, told: str
) -> None:
    with pytest.raises(InvalidAsl) as refused:
        read_machine(machine("First", First=state), "plans")

    assert str(refused.value).startswith(f"state machine 'plans', state 'First', {told}")


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (machine("Nowhere", First=task("f")), "StartAt: 'Nowhere': no such state"),
        (machine("First", First=FAIL, Lost=FAIL), "States: 'Lost': no way leads to this state"),
    ],
)
def test_a_machine_begins_somewhere_and_leads_to_all_its_states(definition: str, told: str) -> None:
    with pytest.raises(InvalidAsl, match=f"state machine 'plans', {told}"):
        read_machine(definition, "plans")


@pytest.mark.parametrize("field", ["Next", "Resource", "Parameters"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    state = {name: value for name, value in task("f").items() if name != field}

    with pytest.raises(InvalidAsl, match=f"plans', state 'First': the field '{field}' is missing"):
        read_machine(machine("First", First=state), "plans")


@pytest.mark.parametrize("resource", ["xxx:yyy:states:::lambda:invoke", f"{INVOKE}.sync", ""])
def test_only_calls_of_functions_are_known_with_the_whole_of_their_arn(resource: str) -> None:
    with pytest.raises(UnknownAsl, match="state 'First': the resource"):
        read_machine(machine("First", First=task("f", Resource=resource)), "plans")


def test_only_the_processor_of_a_map_has_a_configuration() -> None:
    document = {**json.loads(machine("Done")), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}

    with pytest.raises(UnknownAsl, match="state machine 'plans': the field ProcessorConfig"):
        read_machine(json.dumps(document), "plans")
