"""Reading synthesized templates: everything is understood, left out on purpose, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.assembly import assembly_directory
from local.events import Rule, Target
from local.template import Template, TemplateError
from tests.workflow.engine_world import NOTHING, resources, write_stacks

DATA = {
    "Resources": {"PlansTable": {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": []}}},
    "Outputs": {
        "Exported": {
            "Value": {"Ref": "PlansTable"},
            "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Plans"}},
        }
    },
}


def function(**variables: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": "a.handler",
            "Code": {"S3Bucket": {"Ref": "NotThere"}},
            "Environment": {"Variables": variables},
        },
    }


def environment_of(directory: Path) -> dict[str, str]:
    deployment = Template.load(directory).resolve("111122223333", "us-gov-west-1")
    return dict(deployment.functions[0].environment)


def test_a_reference_to_another_stack_resolves(tmp_path: Path) -> None:
    work = {"Resources": {"Work": function(PLANS={"Fn::ImportValue": "data:Plans"})}}
    assert environment_of(write_stacks(tmp_path, data=DATA, work=work)) == {
        "PLANS": "data-PlansTable"
    }


def test_the_intrinsics_that_cdk_writes_resolve(tmp_path: Path) -> None:
    stack = {
        "Parameters": {"Level": {"Type": "String", "Default": "INFO"}},
        "Resources": {
            "Work": function(
                LEVEL={"Ref": "Level"},
                ROLE={"Fn::Join": ["/", ["x", {"Fn::GetAtt": ["Role", "Arn"]}]]},
                SUB={"Fn::Sub": ["${Own}-${AWS::Region}-${!Kept}", {"Own": "mine"}]},
                PART={"Fn::Select": [1, {"Fn::Split": ["-", "a-b"]}]},
                ACCOUNT={"Ref": "AWS::AccountId"},
            ),
            "Role": {"Type": "AWS::IAM::Role"},
        },
    }
    assert environment_of(write_stacks(tmp_path, work=stack)) == {
        "LEVEL": "INFO",
        "ROLE": "x/arn:aws-us-gov:iam::111122223333:role/work-Role",
        "SUB": "mine-us-gov-west-1-${Kept}",
        "PART": "b",
        "ACCOUNT": "111122223333",
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Ref": "Missing"}, "cannot resolve Ref Missing"),
        ({"Fn::GetAtt": ["Work", "Version"]}, "cannot resolve Fn::GetAtt Work.Version"),
        ({"Fn::ImportValue": "data:Gone"}, "no stack exports 'data:Gone'"),
        ({"Fn::FindInMap": ["a", "b", "c"]}, "the intrinsic Fn::FindInMap is not supported"),
    ],
)
def test_what_cannot_be_resolved_is_refused_with_its_place(
    tmp_path: Path, value: object, message: str
) -> None:
    write_stacks(tmp_path, work={"Resources": {"Work": function(X=value)}})
    with pytest.raises(TemplateError, match=f"work/Work: {message}"):
        Template.load(tmp_path)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"Type": "AWS::SQS::Queue"}, "the resource type AWS::SQS::Queue is not supported"),
        ({**function(), "Condition": "InChina"}, "a resource with a Condition"),
        (
            {"Type": "AWS::DynamoDB::Table", "Properties": {"StreamSpecification": {}}},
            "the table property StreamSpecification",
        ),
        ({"Type": "AWS::Lambda::Function", "Properties": {}}, "has no Handler"),
        ({"Type": "AWS::StepFunctions::StateMachine"}, "has no DefinitionString"),
        ({"Type": "AWS::Events::Rule", "Properties": {}}, "it has no EventPattern"),
        (
            {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"source": ["aws.drs"]},
                    "Targets": [{"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "Id": "0"}],
                },
            },
            "is neither a function nor a state machine",
        ),
    ],
)
def test_a_resource_that_cannot_run_here_is_refused_with_its_place(
    tmp_path: Path, resource: object, message: str
) -> None:
    write_stacks(tmp_path, work={"Resources": {"Thing": resource}})
    with pytest.raises(TemplateError, match=f"work/Thing: .*{message}"):
        Template.load(tmp_path)


def test_a_rule_of_the_event_bus_knows_its_targets(tmp_path: Path) -> None:
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": ["aws.drs"]},
            "State": "ENABLED",
            "Targets": [{"Arn": {"Fn::GetAtt": ["Work", "Arn"]}, "Id": "Target0"}],
        },
    }
    write_stacks(tmp_path, work={"Resources": {"LaunchRule": rule, "Work": function()}})
    deployment = Template.load(tmp_path).resolve("111122223333", "us-west-2")
    target = Target("arn:aws:lambda:us-west-2:111122223333:function:work-Work")
    assert deployment.rules == (Rule("work-LaunchRule", {"source": ["aws.drs"]}, (target,)),)


def test_a_definition_with_an_open_token_is_refused(tmp_path: Path) -> None:
    stack = resources(NOTHING, {})
    stack["Machine"]["Properties"]["DefinitionString"] = '{"Resource": "${StartFunction}"}'
    write_stacks(tmp_path, work={"Resources": stack})
    with pytest.raises(TemplateError, match=r"work/Machine: .*\$\{StartFunction\}"):
        Template.load(tmp_path)


def test_a_directory_without_templates_and_a_broken_template_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"no \*\.template\.json"):
        Template.load(tmp_path)
    (tmp_path / "work.template.json").write_text("{")
    with pytest.raises(TemplateError, match=r"work\.template\.json: not JSON"):
        Template.load(tmp_path)


def test_the_product_runs_from_its_own_template() -> None:
    deployment = Template.load(assembly_directory()).resolve("111122223333", "us-west-2")
    machine = deployment.state_machines[0]
    waves = json.loads(machine.definition)["States"]["Recover waves"]
    names = {function.arn for function in deployment.functions}
    prepare = json.loads(machine.definition)["States"]["Prepare execution"]
    assert prepare["Parameters"]["FunctionName"] in names
    assert '"ToleratedFailurePercentage":100.0' in machine.definition.replace(": ", ":")
    assert waves["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert len(deployment.tables) == 4
