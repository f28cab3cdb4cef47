"""The prober as a template describes it: one file inside, a network, and hardly any rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, BootstraplessSynthesizer, Stack
from aws_cdk.assertions import Template

from drs_prober import index
from stacks.constructs.prober import Prober


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Member", synthesizer=BootstraplessSynthesizer())
    Prober(stack, "Prober", name="drs-orchestrator-prober")
    return dict(Template.from_stack(stack).to_json())


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = [each for each in template["Resources"].values() if each["Type"] == kind]
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_the_template_holds_the_very_file_that_is_tested(template: dict[str, Any]) -> None:
    function = only(template, "AWS::Lambda::Function")
    with open(index.__file__, encoding="utf-8") as source:  # noqa: PTH123 - a module's name is text
        assert function["Code"] == {"ZipFile": source.read()}
    assert function["Handler"] == f"index.{index.handler.__name__}"
    assert function["Timeout"] > 30


def test_nothing_of_it_is_made_where_no_subnets_are_named(template: dict[str, Any]) -> None:
    assert {each["Condition"] for each in template["Resources"].values()} == {
        *template["Conditions"]
    }
    assert template["Parameters"].keys() == {"ProberSubnetIds", "ProberSecurityGroupIds"}
    assert {each["Default"] for each in template["Parameters"].values()} == {""}


def test_it_stands_in_the_network_that_the_parameters_name(template: dict[str, Any]) -> None:
    assert only(template, "AWS::Lambda::Function")["VpcConfig"] == {
        "SubnetIds": {"Ref": "ProberSubnetIds"},
        "SecurityGroupIds": {"Ref": "ProberSecurityGroupIds"},
    }


def test_its_role_may_write_its_own_log_and_enter_a_network_only(template: dict[str, Any]) -> None:
    role = only(template, "AWS::IAM::Role")
    (policy,) = role["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {action for each in statements for action in each["Action"]}
    assert "*" not in json.dumps(sorted(allowed))
    assert {action.split(":")[0] for action in allowed} == {"ec2", "logs"}
    assert "ManagedPolicyArns" not in role
    written = [each["Resource"] for each in statements if "logs:PutLogEvents" in each["Action"]]
    assert written != ["*"]
