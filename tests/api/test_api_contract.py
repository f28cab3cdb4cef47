"""The API's contract: every route reaches its function, and the stored document tells the truth."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from drs_orchestrator.api.app import app
from drs_orchestrator.api.version import VERSION
from local import openapi
from tests.api.api_client import http_api_event, invoke

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = app.openapi()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
UNROUTED = "nothing is at this path"


@pytest.mark.parametrize(
    ("method", "path"),
    [*((method, path) for method, path, _ in OPERATIONS), ("GET", "/api/v1/openapi.json")],
)
def test_every_route_is_reached_by_the_event_of_an_http_api(
    environment: dict[str, str], method: str, path: str
) -> None:
    assert environment
    filled = re.sub(r"\{\w+\}", "some-id", path)

    answer = invoke(http_api_event(method, filled, body="{}"))

    # A thing that does not exist is 404 too, but its problem names the thing.
    assert UNROUTED not in answer["body"]
    assert answer["statusCode"] not in {405, 500}


def test_the_openapi_document_is_of_version_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_every_operation_is_named_and_described() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(operation["description"] for _, _, operation in OPERATIONS)


def test_every_operation_says_that_it_answers_problems() -> None:
    for _, path, operation in OPERATIONS:
        content = operation["responses"]["default"]["content"]
        assert list(content) == ["application/problem+json"], path


def test_the_stored_document_is_that_of_the_api() -> None:
    assert openapi.main(["--check"]) == 0


def test_a_stale_document_is_told_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "openapi.json"
    assert openapi.main(["--check"], path) == 1
    assert "make openapi" in capsys.readouterr().err

    assert openapi.main(["--write"], path) == 0
    assert openapi.main(["--check"], path) == 0
    assert json.loads(path.read_text()) == DOCUMENT


def test_health_tells_the_version_of_the_project() -> None:
    answer = invoke(http_api_event("GET", "/api/v1/health"))

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert json.loads(answer["body"]) == {"status": "ok", "version": VERSION}
    assert project["version"] == VERSION
