"""The role that another account offers: who may assume it, and what it may do there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.conftest import synthesized

HUB = "111122223333"


@pytest.fixture(scope="module")
def of_member(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Stack name -> template, of what another account deploys."""
    context = {"stage": "member", "environments": {"member": {"hubAccount": HUB}}}
    templates = synthesized(tmp_path_factory.mktemp("member") / "cdk.out", context)
    # A prober is needed in each Region, the role exists once: two templates.
    assert templates.keys() == {"drs-orchestrator-member-access", "drs-orchestrator-member-prober"}
    return templates


@pytest.fixture(scope="module")
def template(of_member: dict[str, Any]) -> dict[str, Any]:
    only: dict[str, Any] = of_member["drs-orchestrator-member-access"]
    return only


def statements_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = (
        body["Properties"]["PolicyDocument"]
        for body in template["Resources"].values()
        if body["Type"] == "AWS::IAM::Policy"
    )
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def role_of(template: dict[str, Any]) -> dict[str, Any]:
    (role,) = (b for b in template["Resources"].values() if b["Type"] == "AWS::IAM::Role")
    properties: dict[str, Any] = role["Properties"]
    return properties


def may(statements: list[dict[str, Any]]) -> set[str]:
    listed = [s["Action"] if isinstance(s["Action"], list) else [s["Action"]] for s in statements]
    return {action for actions in listed for action in actions}


def test_the_role_has_the_name_that_the_functions_of_the_product_may_assume(
    template: dict[str, Any], resources: dict[str, Any]
) -> None:
    name = role_of(template)["RoleName"]
    functions = [b for b in resources.values() if b["Type"] == "AWS::Lambda::Function"]
    policies = [b for b in resources.values() if b["Type"] == "AWS::IAM::Policy"]
    assumed = [
        json.dumps(statement["Resource"])
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "sts:AssumeRole"
    ]

    known = {f["Properties"]["Environment"]["Variables"]["MEMBER_ROLE_NAME"] for f in functions}
    assert known == {name} == {"drs-orchestrator-member"}
    assert len(assumed) == len(functions)
    assert all(f":iam::*:role/{name}" in resource for resource in assumed)


def test_only_roles_of_the_product_with_the_external_id_may_assume_it(
    template: dict[str, Any],
) -> None:
    (trust,) = role_of(template)["AssumeRolePolicyDocument"]["Statement"]

    assert f":iam::{HUB}:root" in json.dumps(trust["Principal"])
    assert trust["Condition"]["StringEquals"] == {"sts:ExternalId": {"Ref": "ExternalId"}}
    allowed = json.dumps(trust["Condition"]["ArnLike"]["aws:PrincipalArn"])
    assert f":iam::{HUB}:role/drs-orchestrator-*" in allowed


def test_an_external_id_that_the_product_would_refuse_is_refused_at_deployment(
    template: dict[str, Any],
) -> None:
    parameter = template["Parameters"]["ExternalId"]

    assert "Default" not in parameter
    assert (parameter["MinLength"], parameter["MaxLength"]) == (16, 1224)


def test_the_role_may_do_all_that_the_functions_may_do_in_their_own_account(
    template: dict[str, Any], resources: dict[str, Any]
) -> None:
    of_the_hub = {
        action
        for body in resources.values()
        if body["Type"] == "AWS::IAM::Policy"
        for action in may(body["Properties"]["PolicyDocument"]["Statement"])
        if action.startswith(("drs:", "ec2:", "iam:", "kms:", "servicequotas:", "ssm:"))
    }

    assert of_the_hub
    assert of_the_hub <= may(statements_of(template))


def test_no_action_is_allowed_by_wildcard_and_ec2_is_changed_through_drs_only(
    template: dict[str, Any],
) -> None:
    for statement in statements_of(template):
        for action in may([statement]):
            assert "*" not in action
            if action.startswith("ec2:") and not action.startswith(("ec2:Describe", "ec2:Get")):
                condition = json.dumps(statement["Condition"])
                assert "ViaAWSService" in condition or "AWSElasticDisasterRecovery" in condition


def test_the_role_invokes_the_prober_and_functions_whose_owner_allowed_it(
    template: dict[str, Any],
) -> None:
    invokes = [s for s in statements_of(template) if s["Action"] == "lambda:InvokeFunction"]
    free = [s for s in invokes if "Condition" not in s]
    (tagged,) = [s for s in invokes if "Condition" in s]

    assert [json.dumps(s["Resource"]).count("function:drs-orchestrator-prober") for s in free] == [
        1
    ]
    assert tagged["Condition"] == {"StringEquals": {"aws:ResourceTag/drsorc:action": "allowed"}}


def test_the_template_can_be_deployed_without_a_bootstrapped_account(
    template: dict[str, Any],
) -> None:
    assert template["Parameters"].keys() == {"ExternalId"}
    assert "Rules" not in template


def test_the_role_of_a_stage_carries_its_name(tmp_path: Path) -> None:
    stage = {"hubAccount": HUB, "memberRoleName": "drs-orchestrator-dev-member"}
    context = {"stage": "dev-member", "environments": {"dev-member": stage}}

    templates = synthesized(tmp_path / "cdk.out", context)

    assert (
        role_of(templates["drs-orchestrator-dev-member-access"])["RoleName"]
        == "drs-orchestrator-dev-member"
    )


def test_cfn_lint_finds_nothing_in_the_template(template: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "member.template.json"
    path.write_text(json.dumps(template))
    cfn_lint = Path(sys.executable).with_name("cfn-lint")

    result = subprocess.run(  # noqa: S603 - our own tool
        [cfn_lint, "-r", "us-east-1", "-t", path], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout


def test_the_prober_that_comes_with_an_account_has_the_name_that_the_product_asks_for(
    of_member: dict[str, Any], tmp_path: Path
) -> None:
    own = synthesized(tmp_path / "hub", {"environments": {"main": {"prober": True}}})
    members = of_member["drs-orchestrator-member-prober"]
    names = [
        body["Properties"]["FunctionName"]
        for template in (members, own["drs-orchestrator-prober"])
        for body in template["Resources"].values()
        if body["Type"] == "AWS::Lambda::Function"
    ]
    assert names == ["drs-orchestrator-prober"] * 2
