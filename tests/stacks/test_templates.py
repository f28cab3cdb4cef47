"""What the stacks create, read from the synthesized templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENT = {
    "PROTECTION_GROUPS_TABLE",
    "RECOVERY_PLANS_TABLE",
    "EXECUTIONS_TABLE",
    "ACCOUNTS_TABLE",
    "STATE_MACHINE_NAME",
    "CLEAN_UP_STATE_MACHINE_NAME",
    "SCHEDULE_GROUP",
    "SCHEDULER_ROLE_NAME",
    "RECONCILE_FUNCTION_NAME",
    "VISIBILITY_LAG_SECONDS",
    "FUNCTION_TIMEOUT_SECONDS",
    "MEMBER_ROLE_NAME",
    "ACCOUNT_ID",
    "PROBER_FUNCTION_NAME",
    "POWERTOOLS_LOG_LEVEL",
}
MACHINES = [
    ("RecoveryStateMachine", "drs-orchestrator-recovery"),
    ("CleanUpStateMachine", "drs-orchestrator-clean-up"),
]
TABLES = {"ProtectionGroupsTable", "RecoveryPlansTable", "ExecutionsTable", "AccountsTable"}


def of_type(resources: dict[str, Any], resource_type: str) -> dict[str, Any]:
    """Logical id -> resource, of one type; at least one."""
    found = {name: body for name, body in resources.items() if body["Type"] == resource_type}
    assert found, resource_type
    return found


def test_an_environment_is_four_stacks_with_its_name_in_front(templates: dict[str, Any]) -> None:
    assert templates.keys() == {
        "drs-orchestrator-data",
        "drs-orchestrator-workflow",
        "drs-orchestrator-reconciler",
        "drs-orchestrator-api",
    }


def test_the_tables_have_the_names_that_everything_else_looks_for(
    resources: dict[str, Any],
) -> None:
    assert of_type(resources, "AWS::DynamoDB::Table").keys() == TABLES


def test_every_table_survives_a_deleted_stack_and_a_mistake(resources: dict[str, Any]) -> None:
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        properties = table["Properties"]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["SSESpecification"]["SSEEnabled"] is True
        assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_every_table_has_the_text_keys_pk_and_sk(resources: dict[str, Any]) -> None:
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        assert table["Properties"]["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        attributes = table["Properties"]["AttributeDefinitions"]
        assert {attribute["AttributeType"] for attribute in attributes} == {"S"}


def test_executions_are_found_by_plan_and_by_start(resources: dict[str, Any]) -> None:
    indexes = resources["ExecutionsTable"]["Properties"]["GlobalSecondaryIndexes"]

    found = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in indexes
    }
    assert found == {"byPlan": ["planId", "startTime"], "byStart": ["recordType", "startTime"]}
    assert {index["Projection"]["ProjectionType"] for index in indexes} == {"ALL"}


def test_the_data_stack_cannot_be_deleted_in_passing(assembly: Path) -> None:
    manifest = (assembly / "manifest.json").read_text()

    assert manifest.count('"terminationProtection": true') == 1


def test_an_environment_may_be_thrown_away_when_it_says_so(
    synthesize: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    context = {"stage": "try", "environments": {"try": {"retainData": False}}}

    tables = synthesize(context)["drs-orchestrator-try-data"]["Resources"]

    for table in of_type(tables, "AWS::DynamoDB::Table").values():
        assert table["DeletionPolicy"] == "Delete"
        assert table["Properties"]["DeletionProtectionEnabled"] is False


def test_all_functions_share_one_block_of_environment_variables(resources: dict[str, Any]) -> None:
    blocks = [
        function["Properties"]["Environment"]["Variables"]
        for function in of_type(resources, "AWS::Lambda::Function").values()
    ]

    assert blocks[0].keys() == ENVIRONMENT
    assert all(block == blocks[0] for block in blocks)


def test_every_function_runs_the_same_code_on_python_3_13_and_arm64(
    resources: dict[str, Any],
) -> None:
    functions = [f["Properties"] for f in of_type(resources, "AWS::Lambda::Function").values()]

    assert {function["Runtime"] for function in functions} == {"python3.13"}
    assert {tuple(function["Architectures"]) for function in functions} == {("arm64",)}
    assert {function["MemorySize"] for function in functions} == {512}
    assert {function["LoggingConfig"]["LogFormat"] for function in functions} == {"JSON"}
    assert len({function["Code"]["S3Key"] for function in functions}) == 1


def test_the_code_knows_the_time_out_that_the_step_functions_have(
    resources: dict[str, Any],
) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        properties = function["Properties"]
        known = int(properties["Environment"]["Variables"]["FUNCTION_TIMEOUT_SECONDS"])
        assert properties["Timeout"] == (30 if name == "ApiFunction" else known)


def test_steps_and_api_get_layers_of_different_content(resources: dict[str, Any]) -> None:
    layers = of_type(resources, "AWS::Lambda::LayerVersion").values()

    assert len({layer["Properties"]["Content"]["S3Key"] for layer in layers}) == 2
    for layer in layers:
        assert layer["Properties"]["CompatibleArchitectures"] == ["arm64"]


def test_no_compiled_file_of_this_machine_is_shipped(assembly: Path) -> None:
    code = [path for path in assembly.glob("asset.*/**/*") if path.is_file()]

    assert any(path.match("drs_orchestrator/__init__.py") for path in code)
    assert not [path for path in code if path.suffix == ".pyc"]


def test_every_route_of_the_api_demands_a_signed_request(resources: dict[str, Any]) -> None:
    for route in of_type(resources, "AWS::ApiGatewayV2::Route").values():
        assert route["Properties"]["AuthorizationType"] == "AWS_IAM"


def test_the_api_has_one_throttled_stage_that_adds_nothing_to_the_path(
    resources: dict[str, Any],
) -> None:
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()

    assert stage["Properties"]["StageName"] == "$default"
    assert stage["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"] == 50
    assert stage["Properties"]["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 100


@pytest.mark.parametrize(("machine", "name"), MACHINES)
def test_every_state_machine_is_standard_and_logs_no_execution_data(
    resources: dict[str, Any], machine: str, name: str
) -> None:
    properties = resources[machine]["Properties"]

    assert properties["StateMachineType"] == "STANDARD"
    assert properties["StateMachineName"] == name
    assert properties["LoggingConfiguration"]["Level"] == "ERROR"
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_there_are_no_other_state_machines(resources: dict[str, Any]) -> None:
    machines = of_type(resources, "AWS::StepFunctions::StateMachine")

    assert machines.keys() == {machine for machine, _ in MACHINES}
    # Two log groups of one name would not deploy.
    names = [group["Properties"].get("LogGroupName") for group in _log_groups(resources)]
    given = [name for name in names if name]
    assert len(given) == len(set(given)) == len(MACHINES)


def _log_groups(resources: dict[str, Any]) -> list[dict[str, Any]]:
    return list(of_type(resources, "AWS::Logs::LogGroup").values())


def test_the_outputs_name_what_a_person_needs_next(templates: dict[str, Any]) -> None:
    outputs = {name for template in templates.values() for name in template.get("Outputs", {})}

    assert {"ApiUrl", "StateMachineArn"} <= outputs
    assert {f"{table}Name" for table in TABLES} <= outputs
