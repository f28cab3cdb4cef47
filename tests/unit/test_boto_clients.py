"""The shipped clients: made in one place, and none re-sends what must be sent once."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from drs_orchestrator.adapters import clients
from drs_orchestrator.services.waves.examine_servers import LAST_CALL_SECONDS

_ROOT = Path(__file__).parents[2]
_FUNCTIONS = _ROOT / "functions"
_SESSION = boto3.Session(region_name="us-west-2")
_MAKERS = {"client", "resource", "create_client"}
# An HTTP API waits no longer for its function:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_API_SECONDS = 30


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a person or a deployment says about retries must not matter."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def _makers_in(source: str) -> list[str]:
    """Return the calls in a module that make a client, or take the maker out of boto3."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _MAKERS:
                found.append(f"{name} in line {node.lineno}")
            case ast.ImportFrom(module="boto3" | "botocore.session", names=names):
                found += [f"import of {each.name} in line {node.lineno}" for each in names]
    return found


def _step_timeout_seconds() -> int:
    """Return the time-out of the step functions; the stacks are read, not run: jsii is slow."""
    source = (_ROOT / "stacks/environment.py").read_text("utf-8")
    found = re.search(r"^STEP_TIMEOUT = Duration\.seconds\((\d+)\)$", source, re.MULTILINE)
    assert found, "STEP_TIMEOUT has moved: find it again"
    return int(found[1])


def test_every_client_is_made_in_the_one_module() -> None:
    elsewhere = {
        str(path.relative_to(_FUNCTIONS)): makers
        for path in sorted(_FUNCTIONS.rglob("*.py"))
        if path != Path(clients.__file__) and (makers := _makers_in(path.read_text("utf-8")))
    }
    assert elsewhere == {}


def test_the_lint_sees_clients_however_they_are_made() -> None:
    assert _makers_in(Path(clients.__file__).read_text("utf-8"))
    assert _makers_in("import boto3\nboto3.Session().client('drs')")
    assert _makers_in("from boto3 import client")


def test_no_client_waits_for_its_turn_as_the_environment_says() -> None:
    made = [
        clients.drs_launches(_SESSION),
        clients.functions(_SESSION, 60),
        clients.probers(_SESSION),
        clients.automations(_SESSION),
        clients.scheduler(_SESSION),
        clients.service_quotas(_SESSION),
        clients.ec2(_SESSION),
        clients.ssm(_SESSION),
        clients.sts(_SESSION, "us-west-2"),
    ]
    assert {_settings(client)["retries"]["mode"] for client in made} == {"standard"}


def test_a_launch_is_sent_once_whatever_the_environment_says() -> None:
    assert _settings(clients.drs_launches(_SESSION))["retries"]["total_max_attempts"] == 1


def test_a_function_is_invoked_once_and_waited_for_as_long_as_it_may_take() -> None:
    settings = _settings(clients.functions(_SESSION, 60))
    assert settings["retries"]["total_max_attempts"] == 1
    assert 60 < settings["read_timeout"] < 65


def test_a_look_at_an_automation_and_a_stop_fit_into_one_step() -> None:
    client = clients.automations(_SESSION)
    tries = _settings(client)["retries"]["total_max_attempts"]
    assert 2 * tries * _patience_seconds(client) < _step_timeout_seconds()


def test_reads_are_sent_again_a_few_times_with_backoff() -> None:
    made = [
        clients.drs_reads(_SESSION),
        clients.dynamodb(_SESSION),
        clients.step_functions(_SESSION),
    ]
    for client in made:
        retries = _settings(client)["retries"]
        assert (retries["total_max_attempts"], retries["mode"]) == (4, "standard")


def test_a_step_outlives_its_launch_and_can_note_that_it_does_not_know() -> None:
    assert _patience_seconds(clients.drs_launches(_SESSION)) < _step_timeout_seconds()


def test_a_read_that_hangs_ends_before_the_shortest_function() -> None:
    assert _patience_seconds(clients.drs_reads(_SESSION)) < _API_SECONDS


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-central-1"])
def test_roles_are_assumed_at_the_sts_of_the_region_that_is_recovered_into(region: str) -> None:
    """The global endpoint is one Region, us-east-1, and may be what is out of order."""
    client = clients.sts(_SESSION, region)

    assert client.meta.endpoint_url == f"https://sts.{region}.amazonaws.com"
    assert _patience_seconds(client) < _API_SECONDS


def test_the_last_call_of_a_health_check_ends_before_its_step() -> None:
    checks = clients.ec2(_SESSION), clients.ssm(_SESSION)
    # Twice each, with a second of backoff; one call of Systems Manager reads two pages.
    longest = max(2 * 2 * _patience_seconds(client) + 2 for client in checks)
    longest = max(longest, _patience_seconds(clients.probers(_SESSION)))
    assert LAST_CALL_SECONDS + longest < _step_timeout_seconds()


def test_a_probe_is_sent_once_and_waited_for_longer_than_it_may_take() -> None:
    settings = _settings(clients.probers(_SESSION))
    assert settings["retries"]["total_max_attempts"] == 1
    assert settings["read_timeout"] > 40


def _patience_seconds(client: BaseClient) -> float:
    """Return how long one try takes at most to connect and then to answer."""
    settings = _settings(client)
    return float(settings["connect_timeout"] + settings["read_timeout"])


def _settings(client: BaseClient) -> dict[str, Any]:
    """Return the options of a client's configuration; botocore's types do not know them."""
    return {name: getattr(client.meta.config, name) for name in client.meta.config.OPTION_DEFAULTS}
