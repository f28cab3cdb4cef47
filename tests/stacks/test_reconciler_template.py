"""What reaches the reconciler: events of our own machine, and launch results of DRS."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def rules(resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Logical id of the function -> the patterns of the rules that invoke it."""
    found: dict[str, dict[str, Any]] = {}
    for name, body in resources.items():
        if body["Type"] == "AWS::Events::Rule":
            (target,) = body["Properties"]["Targets"]
            found[name] = {
                "function": target["Arn"]["Fn::GetAtt"][0],
                "pattern": body["Properties"]["EventPattern"],
            }
    return found


def test_an_event_has_a_function_named_after_its_module(resources: dict[str, Any]) -> None:
    modules = {
        name: body["Properties"]["Handler"].split(".")[-2]
        for name, body in resources.items()
        if body["Type"] == "AWS::Lambda::Function" and ".events." in body["Properties"]["Handler"]
    }

    assert modules == {
        "ReconcileExecutionFunction": "reconcile_execution",
        "ExecutionStatusChangedFunction": "execution_status_changed",
        "LaunchResultFunction": "launch_result",
    }


def test_the_end_of_an_execution_is_heard_of_a_wave_and_of_a_clean_up_only_its_death(
    rules: dict[str, dict[str, Any]],
) -> None:
    heard = {
        prefix_of(rule["pattern"]["detail"]): rule["pattern"]["detail"]["status"]
        for rule in rules.values()
        if rule["function"] == "ExecutionStatusChangedFunction"
    }

    assert {prefix: set(statuses) for prefix, statuses in heard.items()} == {
        "drs-orchestrator-recovery:": {"ABORTED", "FAILED", "TIMED_OUT", "SUCCEEDED"},
        "drs-orchestrator-recovery/": {"ABORTED", "FAILED", "TIMED_OUT"},
        "drs-orchestrator-clean-up:": {"ABORTED", "FAILED", "TIMED_OUT"},
    }


def prefix_of(detail: dict[str, Any]) -> str:
    """The machine's name in the ARNs that the rule wants, and what follows it."""
    (choice,) = detail["executionArn"]
    arn: str = choice["prefix"]["Fn::Join"][1][-1]
    return arn.removeprefix(":execution:")


def test_executions_of_other_machines_are_not_heard(
    resources: dict[str, Any], rules: dict[str, dict[str, Any]]
) -> None:
    machines = tuple(
        resources[name]["Properties"]["StateMachineName"]
        for name in ("RecoveryStateMachine", "CleanUpStateMachine")
    )
    patterns = [r["pattern"] for r in rules.values() if r["pattern"]["source"] == ["aws.states"]]

    assert patterns
    for pattern in patterns:
        assert prefix_of(pattern["detail"])[:-1] in machines


def test_launch_results_of_drs_are_heard(rules: dict[str, dict[str, Any]]) -> None:
    (pattern,) = [
        rule["pattern"] for rule in rules.values() if rule["function"] == "LaunchResultFunction"
    ]

    assert pattern == {
        "source": ["aws.drs"],
        "detail-type": ["DRS Source Server Launch Result"],
    }


def test_a_rule_may_invoke_its_function(
    resources: dict[str, Any], rules: dict[str, dict[str, Any]]
) -> None:
    allowed = {
        body["Properties"]["SourceArn"]["Fn::GetAtt"][0]
        for body in resources.values()
        if body["Type"] == "AWS::Lambda::Permission"
        and body["Properties"]["Principal"] == "events.amazonaws.com"
    }

    assert allowed == rules.keys()
