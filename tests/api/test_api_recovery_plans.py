"""Recovery plans and their executions over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.api_client import USER_ARN, Api, http_api_event, invoke
from tests.api.conftest import group, plan, server_id

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


def test_a_document_creates_a_plan_and_its_groups(api: Api) -> None:
    answer = api.post("/recovery-plans", plan("shop", db=[1, 2], app=[3]))

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/recovery-plans/{body['planId']}"
    assert answer.headers["ETag"] == '"1"'
    assert [(wave["name"], wave["dependsOn"]) for wave in body["waves"]] == [
        ("db", []),
        ("app", ["db"]),
    ]
    assert "protectionGroups" not in body
    assert api.get(f"/recovery-plans/{body['planId']}").json() == body
    groups = api.get("/protection-groups").json()["items"]
    assert {each["name"]: len(each["sourceServerIds"]) for each in groups} == {"db": 2, "app": 1}


def test_a_document_replaces_a_plan_and_updates_its_groups(api: Api) -> None:
    created = api.post("/recovery-plans", plan("shop", db=[1]))
    path = f"/recovery-plans/{created.json()['planId']}"

    replaced = api.put(path, plan("shop", db=[1, 2]), if_match=created.headers["ETag"])

    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
    (group_now,) = api.get("/protection-groups").json()["items"]
    assert group_now["sourceServerIds"] == [server_id(1), server_id(2)]
    assert api.put(path, plan("shop", db=[3]), if_match='"1"').status_code == 412
    assert api.put(path, plan("shop", db=[3]), if_match=None).status_code == 428


def _cycle(document: dict[str, Any]) -> str:
    document["waves"][0]["dependsOn"] = ["app"]
    return "/waves/0/dependsOn"


def _unknown_server(document: dict[str, Any]) -> str:
    document["protectionGroups"][1]["sourceServerIds"].append(server_id(777))
    return "/protectionGroups/1/sourceServerIds/1"


def _unplaced_action(document: dict[str, Any]) -> str:
    elsewhere = {"name": "far", "accountId": document["protectionGroups"][0]["accountId"]}
    elsewhere |= {"region": "eu-west-1", "serverSelectionTags": {"Tier": "far"}}
    document["protectionGroups"].append(elsewhere)
    document["waves"][0]["protectionGroups"].append("far")
    wait = {"name": "settle", "type": "wait", "seconds": 5}
    drain = {"name": "drain", "type": "ssm", "documentName": "Drain"}
    document["waves"][0]["preActions"] = [wait, drain]
    return "/waves/0/preActions/1"


def _duplicate_wave(document: dict[str, Any]) -> str:
    document["waves"][1] = {"name": "db", "protectionGroups": ["app"]}
    return "/waves/1/name"


def _empty_wave(document: dict[str, Any]) -> str:
    document["waves"][0]["protectionGroups"] = []
    return "/waves/0/protectionGroups"


def _wave_without_groups(document: dict[str, Any]) -> str:
    del document["waves"][0]["protectionGroups"]
    return "/waves/0/protectionGroups"


def _no_waves(document: dict[str, Any]) -> str:
    document["waves"] = []
    return "/waves"


def _unknown_group(document: dict[str, Any]) -> str:
    document["waves"][1]["protectionGroups"].append("nowhere")
    return "/waves/1/protectionGroups/1"


def _unknown_dependency(document: dict[str, Any]) -> str:
    document["waves"][1]["dependsOn"] = ["nowhere"]
    return "/waves/1/dependsOn/0"


def _group_of_two_kinds(document: dict[str, Any]) -> str:
    document["protectionGroups"][0]["serverSelectionTags"] = {"a": "b"}
    return "/protectionGroups/0"


def _server_twice(document: dict[str, Any]) -> str:
    document["protectionGroups"][1]["sourceServerIds"] = [server_id(1)]
    return "/protectionGroups/1/sourceServerIds/0"


def _number_for_text(document: dict[str, Any]) -> str:
    document["protectionGroups"][0]["accountId"] = 111122223333
    return "/protectionGroups/0/accountId"


def _truth_for_number(document: dict[str, Any]) -> str:
    document["rtoMinutes"] = True
    return "/rtoMinutes"


def _misspelt_field(document: dict[str, Any]) -> str:
    document["waves"][0]["dependOn"] = []
    return "/waves/0/dependOn"


def _wrong_kind(document: dict[str, Any]) -> str:
    document["kind"] = "Plan"
    return "/kind"


def _approval_by_a_time_out_that_never_comes(document: dict[str, Any]) -> str:
    document["waves"][0]["approval"] = {"onTimeout": "APPROVE"}
    return "/waves/0/approval/onTimeout"


def _path_of_a_tcp_probe(document: dict[str, Any]) -> str:
    probe = {"type": "tcp", "port": 5432, "path": "/health"}
    document["waves"][0]["healthCheck"] = {"probe": probe}
    return "/waves/0/healthCheck/probe/path"


def _status_of_a_tcp_probe(document: dict[str, Any]) -> str:
    probe = {"type": "tcp", "port": 5432, "expectStatus": 200}
    document["waves"][0]["healthCheck"] = {"probe": probe}
    return "/waves/0/healthCheck/probe/expectStatus"


@pytest.mark.parametrize(
    "spoil",
    [
        _approval_by_a_time_out_that_never_comes,
        _path_of_a_tcp_probe,
        _status_of_a_tcp_probe,
        _cycle,
        _unknown_server,
        _unplaced_action,
        _duplicate_wave,
        _empty_wave,
        _wave_without_groups,
        _no_waves,
        _unknown_group,
        _unknown_dependency,
        _group_of_two_kinds,
        _server_twice,
        _number_for_text,
        _truth_for_number,
        _misspelt_field,
        _wrong_kind,
    ],
)
def test_a_wrong_document_answers_422_with_the_pointer_and_changes_nothing(
    api: Api, spoil: Callable[[dict[str, Any]], str]
) -> None:
    document = plan("shop", db=[1], app=[2])
    pointer = spoil(document)

    answer = api.post("/recovery-plans", document)

    problem = answer.json()
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert api.get("/recovery-plans").json()["items"] == []
    assert api.get("/protection-groups").json()["items"] == []


def test_a_plan_with_defaults_can_be_sent_back_as_it_was_read(api: Api) -> None:
    document = plan("shop", db=[1])
    document["waves"][0] |= {
        "approval": {"role": "DBA"},
        "healthCheck": {"probe": {"type": "tcp", "port": 5432}},
    }
    stored = api.post("/recovery-plans", document).json()
    read = {k: v for k, v in stored.items() if k not in {"planId", "version"}}
    path = f"/recovery-plans/{stored['planId']}"

    assert api.put(path, read).status_code == 200


def test_the_waves_of_a_cycle_are_named(api: Api) -> None:
    document = plan("shop", db=[1], app=[2])
    _cycle(document)

    (fault,) = api.post("/recovery-plans", document).json()["errors"]

    assert "db -> app -> db" in fault["message"]


def test_servers_of_a_group_outside_the_document_answer_409(api: Api) -> None:
    api.post("/protection-groups", group("other", 1))

    answer = api.post("/recovery-plans", plan("shop", db=[1]))

    assert (answer.status_code, answer.json()["code"]) == (409, "ServersInOtherGroup")
    assert "'other'" in answer.json()["detail"]
    assert "/protectionGroups/0/sourceServerIds/0" in answer.json()["detail"]


def test_of_many_servers_of_other_groups_a_few_are_named(api: Api) -> None:
    api.post("/protection-groups", group("other", *range(15)))

    detail = api.post("/recovery-plans", plan("shop", db=list(range(15)))).json()["detail"]

    assert detail.count("'other'") == 10
    assert detail.endswith("; and 5 more")


def test_of_many_waves_a_few_are_named(api: Api) -> None:
    document = plan("shop", **{f"wave-{number:02d}": [number] for number in range(12)})
    document["waves"][0]["dependsOn"] = ["nowhere"]

    (fault,) = api.post("/recovery-plans", document).json()["errors"]

    assert fault["message"].endswith("wave-09, wave-10, and 1 more")


def test_a_wave_waits_for_as_many_as_a_plan_can_have(api: Api) -> None:
    document = plan("shop", db=[1])
    document["waves"][0]["dependsOn"] = ["nowhere"] * 251

    (fault,) = api.post("/recovery-plans", document).json()["errors"]

    assert fault["pointer"] == "/waves/0/dependsOn"


def test_a_taken_name_answers_409(api: Api) -> None:
    api.post("/recovery-plans", plan("shop", db=[1]))

    answer = api.post("/recovery-plans", plan("Shop", app=[2]))

    assert (answer.status_code, answer.json()["code"]) == (409, "NameTaken")


def test_plans_are_listed_in_parts(api: Api) -> None:
    for number in range(3):
        api.post("/recovery-plans", plan(f"plan-{number}", **{f"group-{number}": [number]}))

    first = api.get("/recovery-plans", limit="2").json()
    rest = api.get("/recovery-plans", nextToken=first["nextToken"]).json()

    names = [each["name"] for each in first["items"] + rest["items"]]
    assert names == ["plan-0", "plan-1", "plan-2"]


def test_a_deleted_plan_is_gone(api: Api) -> None:
    path = f"/recovery-plans/{api.post('/recovery-plans', plan('shop', db=[1])).json()['planId']}"

    assert api.delete(path).status_code == 204

    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "PlanNotFound")


def test_a_drill_is_accepted_and_can_be_followed(api: Api, state_machine: SFNClient) -> None:
    plan_id = api.post("/recovery-plans", plan("shop", db=[1])).json()["planId"]

    answer = api.post(f"/recovery-plans/{plan_id}/execute", {"executionType": "DRILL"})

    started = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/executions/{started['executionId']}"
    assert started["executionId"].startswith("drill-")
    assert (started["planId"], started["actor"]) == (plan_id, "local")
    followed = api.get(f"/executions/{started['executionId']}").json()
    assert (followed["executionType"], followed["planName"]) == ("DRILL", "shop")
    listed = api.get("/executions", planId=plan_id).json()["items"]
    assert [each["executionId"] for each in listed] == [started["executionId"]]
    assert api.get("/executions", planId="plan_other").json()["items"] == []
    (machine,) = state_machine.list_state_machines()["stateMachines"]
    runs = state_machine.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    assert started["executionId"] in {run["name"] for run in runs}


def test_the_actor_is_whom_api_gateway_authorized(api: Api, state_machine: SFNClient) -> None:
    assert state_machine
    plan_id = api.post("/recovery-plans", plan("shop", db=[1])).json()["planId"]
    path = f"/api/v1/recovery-plans/{plan_id}/execute"

    answer = invoke(http_api_event("POST", path, json.dumps({"executionType": "RECOVERY"})))

    assert answer["statusCode"] == 202
    assert json.loads(answer["body"])["actor"] == USER_ARN


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/executionType"),
        ({"executionType": "drill"}, "/executionType"),
        ({"executionType": "DRILL", "actor": "somebody else"}, "/actor"),
        ({"executionType": "DRILL", "replaceLiveInstances": "shop"}, "/replaceLiveInstances"),
        ({"executionType": "RECOVERY", "replaceLiveInstances": "shopp"}, "/replaceLiveInstances"),
    ],
)
def test_a_wrong_start_answers_422(api: Api, body: dict[str, str], pointer: str) -> None:
    plan_id = api.post("/recovery-plans", plan("shop", db=[1])).json()["planId"]

    answer = api.post(f"/recovery-plans/{plan_id}/execute", body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("points", "pointer"),
    [
        ("2999-01-01T00:00:00Z", "/pointInTime"),
        (
            {server_id(1): "2999-01-01T00:00:00Z", server_id(2): "LATEST"},
            f"/pointInTime/{server_id(1)}",
        ),
    ],
)
def test_a_moment_in_the_future_is_refused(api: Api, points: object, pointer: str) -> None:
    plan_id = api.post("/recovery-plans", plan("shop", db=[1, 2])).json()["planId"]

    answer = api.post(
        f"/recovery-plans/{plan_id}/execute", {"executionType": "DRILL", "pointInTime": points}
    )

    (fault,) = answer.json()["errors"]
    assert answer.status_code == 422
    assert fault["pointer"] == pointer
    assert "name a moment that has passed, or LATEST" in fault["message"]
    assert api.get("/executions").json()["items"] == []


def test_an_unknown_plan_or_execution_answers_404(api: Api) -> None:
    start = api.post("/recovery-plans/plan_x/execute", {"executionType": "DRILL"})

    assert (start.status_code, start.json()["code"]) == (404, "PlanNotFound")
    assert api.get("/executions/drill-x").json()["code"] == "ExecutionNotFound"
