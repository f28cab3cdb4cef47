"""The results of actions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.api_client import Api

_PATH = "/executions/drill-1/waves/web/actions/warm/result"
_TOKEN = "0" * 36


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"succeeded": True}, "/clientToken"),
        ({"clientToken": _TOKEN}, "/succeeded"),
        ({"clientToken": "short", "succeeded": True}, "/clientToken"),
        ({"clientToken": _TOKEN, "succeeded": True, "detail": "x" * 1001}, "/detail"),
        ({"clientToken": _TOKEN, "succeeded": True, "actor": "me"}, "/actor"),
    ],
)
def test_a_wrong_result_names_its_place(api: Api, body: dict[str, Any], pointer: str) -> None:
    answer = api.post(_PATH, body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_a_result_of_an_unknown_execution_is_not_found(api: Api) -> None:
    answer = api.post(_PATH, {"clientToken": _TOKEN, "succeeded": False, "detail": "no disk"})
    assert (answer.status_code, answer.json()["code"]) == (404, "ExecutionNotFound")
