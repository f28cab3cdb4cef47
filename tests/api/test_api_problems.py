"""Whatever goes wrong is answered as a problem document, and says what to do."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
import pytest

from drs_orchestrator.api.problems import status_of
from drs_orchestrator.domain import errors
from tests.api.api_client import JSON, REQUEST_ID, Api, http_api_event, invoke
from tests.api.conftest import group

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "requestId"}


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["type"] == f"urn:drs-orchestrator:problem:{problem['code']}"
    return problem


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "not JSON: Expecting property name"),
        ('{"name": NaN}', "NaN is no JSON value"),
        ('{"name": Infinity}', "Infinity is no JSON value"),
        ('{"name": "a", "name": "b"}', "member 'name' occurs twice"),
        ("[" * 100_000, "not JSON"),
        ('{"name": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_a_body_that_is_not_json_by_the_letter_is_refused(api: Api, body: str, told: str) -> None:
    answer = api.request(
        "POST", "/protection-groups", content=body, headers={"Content-Type": "application/json"}
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert told in fault["message"]


def test_a_body_in_another_encoding_is_refused(api: Api) -> None:
    answer = api.request(
        "POST",
        "/protection-groups",
        content='{"name": "Büro"}'.encode("latin-1"),
        headers={"Content-Type": "application/json"},
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert "utf-8" in fault["message"]


@pytest.mark.parametrize(
    "media_type", ["application/yaml", "text/json", "application/jsonp", "text/plain; a=json"]
)
def test_a_body_that_is_not_called_json_is_refused_with_the_remedy(
    api: Api, media_type: str
) -> None:
    answer = api.request(
        "POST", "/recovery-plans", content="{}", headers={"Content-Type": media_type}
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert "Content-Type: application/json" in fault["message"]


@pytest.mark.parametrize("body", [[], "text", 7])
def test_a_body_that_is_no_object_is_refused(api: Api, body: object) -> None:
    (fault,) = problem_of(api.post("/recovery-plans", body), 422)["errors"]

    assert fault == {"pointer": "", "message": "the body must be an object"}


def test_a_missing_body_is_refused(api: Api) -> None:
    answer = api.request("POST", "/recovery-plans", headers={"Content-Type": "application/json"})

    (fault,) = problem_of(answer, 422)["errors"]
    assert fault["message"] == "the body is required"


def test_a_body_over_a_mebibyte_is_refused(api: Api) -> None:
    answer = api.post("/recovery-plans", {"description": "x" * 1024 * 1024})

    assert "1048576" in problem_of(answer, 413)["detail"]


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json"]
)
def test_a_body_that_is_called_json_is_read(api: Api, media_type: str) -> None:
    answer = api.request(
        "POST", "/protection-groups", content="[]", headers={"Content-Type": media_type}
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert fault["message"] == "the body must be an object"


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (
            '{"attempt": 1, "decision": "RETRY", "decision": "ABORT"}',
            422,
            "'decision' occurs twice",
        ),
        ('{"attempt": 1,', 422, "line 1 column 15"),
        ('{"attempt": 1, "reason": "' + "x" * 1024 * 1024 + '"}', 413, "1048576"),
    ],
)
def test_a_decision_is_read_as_strictly_as_a_plan(
    api: Api, body: str, status: int, told: str
) -> None:
    answer = api.request(
        "POST", "/executions/drill-1/waves/db/decisions", content=body, headers=JSON
    )

    assert told in json.dumps(problem_of(answer, status))


def test_a_member_twice_among_many_is_found_at_once(api: Api) -> None:
    members = ", ".join([*(f'"{number}": 0' for number in range(60_000)), '"59999": 1'])

    started = time.process_time()
    answer = api.request("POST", "/protection-groups", content=f"{{{members}}}", headers=JSON)

    (fault,) = problem_of(answer, 422)["errors"]
    assert "member '59999' occurs twice" in fault["message"]
    assert time.process_time() - started < 5


def test_a_name_of_half_a_character_twice_is_a_problem_too(api: Api) -> None:
    answer = api.request(
        "POST", "/protection-groups", content=r'{"\ud800": 1, "\ud800": 2}', headers=JSON
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert r"member '\ud800' occurs twice" in fault["message"]


def test_pointers_escape_what_json_pointers_must(api: Api) -> None:
    body = {**group("db"), "serverSelectionTags": {"a/b~c": 1}}
    del body["sourceServerIds"]

    (fault,) = problem_of(api.post("/protection-groups", body), 422)["errors"]

    assert fault["pointer"] == "/serverSelectionTags/a~1b~0c"
    assert fault["message"] == "must be text; put it in quotes"


def test_a_long_list_of_faults_is_cut_and_counted(api: Api) -> None:
    body = {**group("db"), "sourceServerIds": [str(number) for number in range(150)]}

    problem = problem_of(api.post("/protection-groups", body), 422)

    assert len(problem["errors"]) == 100
    assert "150 places" in problem["detail"]


_DEEP = f"nextToken={base64.urlsafe_b64encode(b'[' * 1500).decode()}"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "nextToken=nonsense", _DEEP])
@pytest.mark.parametrize("path", ["/protection-groups", "/recovery-plans", "/executions"])
def test_a_wrong_query_answers_422(api: Api, path: str, query: str) -> None:
    problem = problem_of(api.get(f"{path}?{query}"), 422)

    assert problem["code"] == "InvalidRequest"
    (fault,) = problem["errors"]
    assert (fault["pointer"], query.partition("=")[0] in fault["message"]) == ("", True)


def test_a_path_that_does_not_exist_answers_404(api: Api) -> None:
    assert problem_of(api.get("/nowhere"), 404)["code"] == "NotFound"
    assert problem_of(api.get("/recovery-plans/"), 404)["code"] == "NotFound"
    assert problem_of(api.get(f"/recovery-plans/{'x' * 500}"), 422)["code"] == "InvalidRequest"


def test_a_method_that_does_not_exist_answers_405_and_names_the_others(api: Api) -> None:
    answer = api.delete("/recovery-plans")

    assert problem_of(answer, 405)["code"] == "MethodNotAllowed"
    assert "GET" in answer.headers["Allow"]


def test_an_unexpected_error_tells_its_request_and_nothing_else(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from drs_orchestrator.services.plans.recovery_plans import EditRecoveryPlans

    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(EditRecoveryPlans, "get", fail)

    answer = api.get("/recovery-plans/plan_a")

    problem = problem_of(answer, 500)
    assert problem["code"] == "InternalServerError"
    assert "secret" not in answer.text
    assert problem["requestId"]


def test_the_request_id_is_that_of_api_gateway() -> None:
    answer = invoke(http_api_event("GET", "/api/v1/nowhere"))

    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["isBase64Encoded"] is False
    assert json.loads(answer["body"])["requestId"] == REQUEST_ID


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.PlanNotFound, 404),
        (errors.InvalidPlan, 422),
        (errors.NameTaken, 409),
        (errors.StaleVersion, 412),
        (errors.VersionMissing, 428),
        (errors.LaunchRefused, 403),
        (errors.StoreUnavailable, 503),
        (errors.OutcomeUnknown, 500),
    ],
)
def test_every_family_of_errors_has_its_status(
    error: type[errors.OrchestratorError], status: int
) -> None:
    assert status_of(error("something")) == status


_TIME = "must be a time with its offset from UTC, such as 2026-01-31T12:00:00Z"
_SERVER = "s-50000000000000001"


@pytest.mark.parametrize(
    ("point", "pointer", "message"),
    [
        ("yesterday", "", f"{_TIME} or 'LATEST' or an object"),
        ("2026-01-01T00:00:00", "", f"{_TIME} or 'LATEST' or an object"),
        (20260131, "", f"{_TIME} or 'LATEST' or an object"),
        (1767225600.5, "", f"{_TIME} or 'LATEST' or an object"),
        ("1767225600", "", f"{_TIME} or 'LATEST' or an object"),
        ("2026-01-01", "", f"{_TIME} or 'LATEST' or an object"),
        ("2026-01-01T00:00Z", "", f"{_TIME} or 'LATEST' or an object"),
        ({_SERVER: 20260131}, f"/{_SERVER}", f"{_TIME} or 'LATEST'"),
        ("2026-02-31T00:00:00Z", "", f"{_TIME} or 'LATEST' or an object"),
        ({_SERVER: "yesterday"}, f"/{_SERVER}", f"{_TIME} or 'LATEST'"),
        ({"i-1": "LATEST"}, "/i-1", "'i-1' does not match ^s-[0-9a-zA-Z]{17}$"),
    ],
)
def test_a_wrong_point_in_time_is_one_fault_at_its_own_place(
    api: Api, point: object, pointer: str, message: str
) -> None:
    answer = api.post(
        "/recovery-plans/plan_x/execute", {"executionType": "DRILL", "pointInTime": point}
    )

    (fault,) = problem_of(answer, 422)["errors"]
    assert fault == {"pointer": f"/pointInTime{pointer}", "message": message}


@pytest.mark.parametrize(
    ("settings", "pointer", "message"),
    [
        ({"successPolicy": "SOME"}, "successPolicy", "must be 'ALL' or 'CRITICAL' or an object"),
        (
            {"successPolicy": {"minimumPercent": 0}},
            "successPolicy/minimumPercent",
            "must be at least 1",
        ),
        ({"successPolicy": {}}, "successPolicy/minimumPercent", "is required"),
        (
            {"preActions": [{"name": "rest", "type": "wait"}]},
            "preActions/0/seconds",
            "is required",
        ),
        (
            {"preActions": [{"name": "rest", "type": "sleep"}]},
            "preActions/0/type",
            "must be one of 'ssm', 'lambda', 'wait'",
        ),
        (
            {"preActions": [{"name": "rest"}]},
            "preActions/0/type",
            "is required: it says what the rest means",
        ),
        ({"healthCheck": {"ec2Status": "maybe"}}, "healthCheck/ec2Status", "must be true or false"),
    ],
)
def test_a_fault_points_into_the_document_that_was_sent_in_plain_words(
    api: Api, settings: dict[str, Any], pointer: str, message: str
) -> None:
    wave = {"name": "db", "protectionGroups": ["db"], **settings}

    answer = api.post("/recovery-plans", {"name": "shop", "waves": [wave]})

    (fault,) = problem_of(answer, 422)["errors"]
    assert fault == {"pointer": f"/waves/0/{pointer}", "message": message}
