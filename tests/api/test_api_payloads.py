"""What a plan hands to others' functions, scripts and tags arrives as it was written."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from drs_orchestrator.domain.payload import MAX_DEPTH
from drs_orchestrator.domain.protection_group import ProtectionGroupSpec
from drs_orchestrator.domain.server import SourceServer
from tests.api.api_client import ACCOUNT, JSON, REGION, Api
from tests.api.conftest import plan

_ACTION = "/waves/0/preActions/0"


def _document(action: dict[str, Any]) -> dict[str, Any]:
    document = plan("shop", db=[1])
    document["waves"][0]["preActions"] = [{"name": "tell", **action}]
    return document


def _with_payload(payload: object) -> dict[str, Any]:
    return _document({"type": "lambda", "functionName": "f", "payload": payload})


def _with_parameters(parameters: object) -> dict[str, Any]:
    return _document({"type": "ssm", "documentName": "Doc", "parameters": parameters})


def _stored_action(api: Api, document: dict[str, Any]) -> dict[str, Any]:
    created = api.post("/recovery-plans", document)
    assert created.status_code == 201, created.text
    (listed,) = api.get("/recovery-plans").json()["items"]
    assert listed == created.json()
    action: dict[str, Any] = listed["waves"][0]["preActions"][0]
    return action


def _pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422
    return [fault["pointer"] for fault in answer.json()["errors"]]


def _nested(levels: int) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for _ in range(levels - 1):
        payload = {"a": payload}
    return payload


@pytest.mark.parametrize(
    "payload",
    [
        {"x": 0.5},
        {"x": [0.1, -2.75, 1e-100, 123456.789]},
        {"x": 1e3, "y": 1.0, "z": -0.0},
        {"x": 10**38 - 1, "y": -(10**38) + 1},
        {"x": None, "y": True, "z": ["", {}], " text ": "  indented\n"},
        {"x": "\N{GRINNING FACE}"},
        _nested(MAX_DEPTH),
    ],
)
def test_a_payload_comes_back_as_it_was_sent(api: Api, payload: dict[str, Any]) -> None:
    assert _stored_action(api, _with_payload(payload))["payload"] == payload


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"": 1}, "/"),
        ({"a": [{"": "x"}]}, "/a/0/"),
        ({"a": [1, 10**45]}, "/a/1"),
        ({"a": -(10**38)}, "/a"),
        ({"a": 1e300}, "/a"),
        ({"a": 1e-300}, "/a"),
        (_nested(MAX_DEPTH + 1), "/a" * MAX_DEPTH),
        (_nested(200), "/a" * MAX_DEPTH),
    ],
)
def test_what_no_table_holds_is_refused_at_its_place(
    api: Api, payload: dict[str, Any], place: str
) -> None:
    answer = api.post("/recovery-plans", _with_payload(payload))

    assert _pointers(answer) == [f"{_ACTION}/payload{place}"]
    assert api.get("/recovery-plans").json()["items"] == []


def test_a_number_beyond_any_float_is_refused_at_its_place(api: Api) -> None:
    body = json.dumps(_with_payload({"a": "NUMBER"})).replace('"NUMBER"', "1e999")

    answer = api.request("POST", "/recovery-plans", content=body, headers=JSON)

    assert _pointers(answer) == [f"{_ACTION}/payload/a"]


@pytest.mark.parametrize("payload", [{"a": ["\ud83d"]}, {"\udc00": 1}])
def test_half_a_character_is_refused(api: Api, payload: dict[str, Any]) -> None:
    answer = api.post("/recovery-plans", _with_payload(payload))

    assert _pointers(answer) == [""]
    assert "is half a character" in answer.json()["errors"][0]["message"]


def test_a_script_keeps_its_indentation(api: Api) -> None:
    parameters = {
        "commands": ["if true; then", "    echo a  ", "fi"],
        "text": "\tx\n",
        " name ": "y",
    }

    assert _stored_action(api, _with_parameters(parameters))["parameters"] == parameters


@pytest.mark.parametrize("name", ["", "x" * 51])
def test_a_parameter_is_named_as_systems_manager_asks(api: Api, name: str) -> None:
    answer = api.post("/recovery-plans", _with_parameters({name: "x"}))

    assert _pointers(answer) == [f"{_ACTION}/parameters/{name}"]


def test_tags_are_told_apart_by_their_blanks(api: Api) -> None:
    tags = {"Tier": "a", " Tier": "b", "App": " app "}
    group = {"name": "db", "accountId": ACCOUNT, "region": REGION, "serverSelectionTags": tags}

    stored = api.post("/protection-groups", group).json()

    assert stored["serverSelectionTags"] == tags
    assert api.get("/protection-groups").json()["items"] == [stored]


def test_a_tag_selects_the_servers_that_have_it_with_its_blanks() -> None:
    group = ProtectionGroupSpec(
        name="db", account_id=ACCOUNT, region=REGION, server_selection_tags={"App": " app "}
    )
    exact, other = (
        SourceServer(source_server_id="s-1", account_id=ACCOUNT, region=REGION, tags={"App": app})
        for app in (" app ", "app")
    )

    assert (group.selects(exact), group.selects(other)) == (True, False)
