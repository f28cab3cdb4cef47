"""Least privilege: what each role may do, read from the synthesized policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

RECONCILERS = {"ReconcileExecutionFunction", "ExecutionStatusChangedFunction"}
STEPS_THAT_RING = {
    "PrepareExecutionFunction",
    "WaitForClearanceFunction",
    "WaitForDecisionFunction",
    "StartRecoveryFunction",
    "CheckRecoveryFunction",
    "CompleteWaveFunction",
    "RecordFailureFunction",
    "FinishExecutionFunction",
}


@pytest.fixture(scope="session")
def statements(resources: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Logical id of a function -> the policy statements of its role."""
    return {
        name: list(_statements_of_role(resources, body["Properties"]["Role"]["Fn::GetAtt"][0]))
        for name, body in resources.items()
        if body["Type"] == "AWS::Lambda::Function"
    }


def _statements_of_role(resources: dict[str, Any], role: str) -> Iterator[dict[str, Any]]:
    for body in resources.values():
        if body["Type"] == "AWS::IAM::Policy" and {"Ref": role} in body["Properties"]["Roles"]:
            yield from body["Properties"]["PolicyDocument"]["Statement"]


def actions(statement: dict[str, Any]) -> list[str]:
    """The statement's actions as a list, which the template shortens where there is one."""
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def may(statements: list[dict[str, Any]]) -> set[str]:
    """Every action that the statements allow."""
    return {action for statement in statements for action in actions(statement)}


def test_no_policy_allows_an_action_by_wildcard(resources: dict[str, Any]) -> None:
    policies = [body for body in resources.values() if body["Type"] == "AWS::IAM::Policy"]
    assert policies
    for policy in policies:
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert not [action for action in actions(statement) if "*" in action]


def test_no_role_has_rights_beyond_the_policies_written_here(resources: dict[str, Any]) -> None:
    roles = [body for body in resources.values() if body["Type"] == "AWS::IAM::Role"]
    assert roles
    for role in roles:
        assert role["Properties"].keys() <= {"AssumeRolePolicyDocument", "RoleName", "Tags"}


def test_a_role_is_used_by_one_function_only(resources: dict[str, Any]) -> None:
    roles = [
        body["Properties"]["Role"]["Fn::GetAtt"][0]
        for body in resources.values()
        if body["Type"] == "AWS::Lambda::Function"
    ]

    assert len(set(roles)) == len(roles)


def test_only_start_recovery_may_launch_anything(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for name, granted in statements.items():
        launches = {a for a in may(granted) if a in {"drs:StartRecovery", "ec2:RunInstances"}}
        assert bool(launches) == (name == "StartRecoveryFunction")


def test_only_one_step_of_the_clean_up_may_terminate_recovery_instances(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for name, granted in statements.items():
        terminates = "drs:TerminateRecoveryInstances" in may(granted)
        assert terminates == (name == "TerminateInstancesFunction")
        for statement in granted:
            if "drs:TerminateRecoveryInstances" in actions(statement):
                assert json.dumps(statement["Resource"]).endswith(':recovery-instance/*"]]}')


def test_nothing_may_terminate_ec2_instances_but_drs_for_a_launch_or_a_clean_up(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for name, granted in statements.items():
        for statement in granted:
            if "ec2:TerminateInstances" in actions(statement):
                assert name in {"StartRecoveryFunction", "TerminateInstancesFunction"}
                assert statement["Condition"] == {"Bool": {"aws:ViaAWSService": "true"}}


def test_every_ec2_write_happens_through_drs_or_on_its_own_launch_templates(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for statement in statements["StartRecoveryFunction"]:
        writes = [
            action
            for action in actions(statement)
            if action.startswith("ec2:") and not action.startswith(("ec2:Describe", "ec2:Get"))
        ]
        if writes:
            condition = json.dumps(statement["Condition"])
            assert "aws:ViaAWSService" in condition or "AWSElasticDisasterRecovery" in condition


def test_only_run_actions_may_run_what_a_plan_names_and_only_what_its_owner_allows(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    wanted = {"ssm:StartAutomationExecution", "lambda:InvokeFunction"}
    named = {name for name, granted in statements.items() if wanted & may(granted)}
    by_sid = {s["Sid"]: s for s in statements["RunActionsFunction"] if "Sid" in s}

    assert "RunActionsFunction" in named
    assert by_sid["InvokeActionFunctions"]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/drsorc:action": "allowed"}
    }
    passed = by_sid["PassAutomationRoles"]
    assert "role/drs-orchestrator-automation-*" in json.dumps(passed["Resource"])
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    assert by_sid["FollowAutomations"]["Resource"] != "*"


def test_tokens_are_rung_by_what_can_free_a_wave_and_by_nothing_else(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    ringing = {
        name for name, granted in statements.items() if "states:SendTaskSuccess" in may(granted)
    }

    assert ringing == {*STEPS_THAT_RING, *RECONCILERS, "LaunchResultFunction", "ApiFunction"}


def test_whoever_reads_recovery_instances_has_the_rights_that_drs_uses_for_it(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    readers = [may(s) for s in statements.values() if "drs:DescribeRecoveryInstances" in may(s)]

    assert readers
    for granted in readers:
        assert {"drs:DescribeSourceServers", "ec2:DescribeInstances"} <= granted


def test_a_table_is_never_scanned_and_never_reached_by_wildcard(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for granted in statements.values():
        assert "dynamodb:Scan" not in may(granted)
        for statement in granted:
            if any(action.startswith("dynamodb:") for action in actions(statement)):
                assert statement["Resource"] != "*"


def test_plans_groups_and_accounts_are_written_through_the_api_only(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    for name, granted in statements.items():
        written = json.dumps([s["Resource"] for s in granted if "dynamodb:PutItem" in actions(s)])
        for table in ("RecoveryPlansTable", "ProtectionGroupsTable", "AccountsTable"):
            assert (table in written) == (name == "ApiFunction")
        assert "ExecutionsTable" in written


def test_the_api_may_start_and_ring_the_workflow_and_only_reads_from_drs(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    granted = may(statements["ApiFunction"])

    assert {a for a in granted if a.startswith("states:")} == {
        "states:StartExecution",
        "states:DescribeExecution",
        "states:SendTaskSuccess",
    }
    assert {a for a in granted if a.startswith("drs:")} == {
        "drs:DescribeSourceServers",
        "drs:DescribeJobs",
        "drs:DescribeRecoverySnapshots",
    }
    assert {a for a in granted if a.startswith("sts:")} == {"sts:AssumeRole"}
    assert not {a for a in granted if a.startswith("ec2:")}
    assert {a for a in granted if a.startswith("iam:")} == {"iam:PassRole"}


def test_whoever_pins_servers_may_look_at_their_snapshots_and_nobody_else(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    pinning = {"PrepareExecutionFunction", "WaitForDecisionFunction", "ApiFunction"}
    looking = {
        n for n, granted in statements.items() if "drs:DescribeRecoverySnapshots" in may(granted)
    }

    assert looking == {*pinning, "StartRecoveryFunction"}
    for name in looking:
        (look,) = [s for s in statements[name] if "drs:DescribeRecoverySnapshots" in actions(s)]
        assert json.dumps(look["Resource"]).endswith(':source-server/*"]]}')


def test_verify_health_only_looks_and_asks_the_prober(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    granted = statements["VerifyHealthFunction"]

    assert {a for a in may(granted) if not a.startswith(("dynamodb:", "logs:"))} == {
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ssm:DescribeInstanceInformation",
        "sts:AssumeRole",
        "lambda:InvokeFunction",
    }
    (invoke,) = [s for s in granted if actions(s) == ["lambda:InvokeFunction"]]
    assert json.dumps(invoke["Resource"]).count(":function:drs-orchestrator-prober") == 1


@pytest.mark.parametrize("name", ["RecoveryStateMachine", "CleanUpStateMachine"])
def test_a_machine_may_invoke_its_own_steps_and_nothing_else(
    resources: dict[str, Any], name: str
) -> None:
    machine = resources[name]["Properties"]
    role = machine["RoleArn"]["Fn::GetAtt"][0]
    invoked = [
        statement["Resource"]
        for statement in _statements_of_role(resources, role)
        if actions(statement) == ["lambda:InvokeFunction"]
    ]

    functions = [v for k, v in machine["DefinitionSubstitutions"].items() if k != "Partition"]
    assert invoked == [functions]


def test_the_machine_may_run_its_waves_as_executions_of_itself(resources: dict[str, Any]) -> None:
    role = resources["RecoveryStateMachine"]["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    granted = list(_statements_of_role(resources, role))

    (start,) = [s for s in granted if actions(s) == ["states:StartExecution"]]
    (follow,) = [s for s in granted if "states:StopExecution" in actions(s)]
    assert start["Resource"] == {"Ref": "RecoveryStateMachine"}
    assert "execution" in json.dumps(follow["Resource"])
    assert "*" not in follow["Resource"]


def test_a_schedule_may_start_a_clean_up_and_the_reconciler_and_do_nothing_else(
    resources: dict[str, Any],
) -> None:
    (role,) = [
        name
        for name, body in resources.items()
        if body["Type"] == "AWS::IAM::Role" and "RoleName" in body["Properties"]
    ]
    start, reconcile = _statements_of_role(resources, role)
    trust = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert actions(start) == ["states:StartExecution"]
    assert json.dumps(start["Resource"]).endswith(':stateMachine:drs-orchestrator-clean-up"]]}')
    function = resources["ReconcileExecutionFunction"]["Properties"]["FunctionName"]
    assert actions(reconcile) == ["lambda:InvokeFunction"]
    assert json.dumps(reconcile["Resource"]).endswith(f':function:{function}"]]}}')
    assert [s["Principal"] for s in trust] == [{"Service": "scheduler.amazonaws.com"}]
    assert "aws:SourceAccount" in json.dumps(trust)


def test_start_and_end_of_an_execution_make_schedules_with_the_role_of_the_scheduler(
    resources: dict[str, Any], statements: dict[str, list[dict[str, Any]]]
) -> None:
    making = {n for n, granted in statements.items() if "scheduler:CreateSchedule" in may(granted)}
    # The first step of a clean-up lets the reconciler look after it.
    ends = {
        "PrepareExecutionFunction",
        "FinishExecutionFunction",
        "TerminateInstancesFunction",
    }
    (group,) = [b for b in resources.values() if b["Type"] == "AWS::Scheduler::ScheduleGroup"]

    assert making == {*ends, *RECONCILERS, "ApiFunction"}
    for name in making:
        (create,) = [s for s in statements[name] if "scheduler:CreateSchedule" in actions(s)]
        (hand_over,) = [s for s in statements[name] if "iam:PassRole" in actions(s)]
        assert f"schedule/{group['Properties']['Name']}/*" in json.dumps(create["Resource"])
        assert "-scheduler-" in json.dumps(hand_over["Resource"])
        assert hand_over["Condition"] == {
            "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
        }


def test_only_the_reconciler_deletes_schedules_and_looks_at_recoveries_in_step_functions(
    resources: dict[str, Any], statements: dict[str, list[dict[str, Any]]]
) -> None:
    machine = resources["RecoveryStateMachine"]["Properties"]["StateMachineName"]
    for name, granted in statements.items():
        assert ("scheduler:DeleteSchedule" in may(granted)) == (name in RECONCILERS)
        looks = [
            s
            for s in granted
            if "states:DescribeExecution" in actions(s)
            and f":execution:{machine}:" in json.dumps(s["Resource"])
        ]
        assert bool(looks) == (name in RECONCILERS)


def test_only_the_reconciler_and_who_begins_a_clean_up_look_at_clean_ups_in_step_functions(
    resources: dict[str, Any], statements: dict[str, list[dict[str, Any]]]
) -> None:
    machine = resources["CleanUpStateMachine"]["Properties"]["StateMachineName"]
    looking = {
        name
        for name, granted in statements.items()
        for statement in granted
        if "states:DescribeExecution" in actions(statement)
        and f":execution:{machine}:" in json.dumps(statement["Resource"])
    }

    assert looking == {*RECONCILERS, "ApiFunction", "TerminateInstancesFunction"}


def test_the_environment_names_the_role_that_exists(resources: dict[str, Any]) -> None:
    block = resources["ApiFunction"]["Properties"]["Environment"]["Variables"]
    names = [
        body["Properties"]["RoleName"]
        for body in resources.values()
        if body["Type"] == "AWS::IAM::Role" and "RoleName" in body["Properties"]
    ]

    assert names == [block["SCHEDULER_ROLE_NAME"]]
