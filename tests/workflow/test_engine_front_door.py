"""The one port, and the process around the engine."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
import pytest

from local.clock import ScaledClock
from local.engine import Engine, EngineBusy
from local.front_door import PortInUse, listen
from local.process_environment import EnvironmentMismatch
from local.template import Template
from local.wsgi import answer
from tests.workflow.engine_world import (
    ACCOUNT_ID,
    NOTHING,
    REGION,
    resources,
    running,
    task,
    template_of,
    until,
)

SIGNED = "AWS4-HMAC-SHA256 Credential=local/20260101/us-west-2/drs/aws4_request, SignedHeaders=host"


def drs(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A service of ours that answers with the path it was asked for."""
    return answer(start_response, 200, json.dumps({"path": environ["PATH_INFO"]}).encode())


def ask(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{url}/DescribeJobs", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_requests_go_to_the_service_that_they_are_signed_for() -> None:
    with running(services={"drs": drs}) as world:
        assert ask(world.engine.endpoint_url, Authorization=SIGNED) == (
            200,
            '{"path": "/DescribeJobs"}',
        )
        assert world.dynamodb.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "evil.example:4510", "Authorization": SIGNED}, "DNS rebinding"),
        ({"Host": "[broken", "Authorization": SIGNED}, "not loopback"),
        ({"Origin": "https://evil.example", "Authorization": SIGNED}, "web page"),
        ({}, "no AWS signature"),
    ],
)
def test_a_request_from_elsewhere_is_refused_with_the_reason(
    headers: dict[str, str], reason: str
) -> None:
    with running(services={"drs": drs}) as world:
        status, body = ask(world.engine.endpoint_url, **headers)
    assert status == 403
    assert reason in body


@pytest.mark.parametrize("host", ["localhost:80", "127.0.0.1", "[::1]:4510"])
def test_every_name_of_the_loopback_is_welcome(host: str) -> None:
    with running(services={"drs": drs}) as world:
        assert ask(world.engine.endpoint_url, Host=host, Authorization=SIGNED)[0] == 200


def test_a_port_in_use_is_named_and_nothing_is_left_behind() -> None:
    before = dict(os.environ)
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} .* is in use"), running(port=port):
            pass
    assert dict(os.environ) == before
    with running():
        pass


def test_an_address_that_others_can_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="not a loopback address"), running(host="0.0.0.0"):  # noqa: S104
        pass


def test_real_credentials_are_out_of_reach_while_the_engine_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", "https://drs.us-west-2.amazonaws.com")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    before = dict(os.environ)
    with running() as world:
        client = boto3.client("drs")
        assert client.meta.endpoint_url == world.engine.endpoint_url
        assert client.meta.region_name == REGION
        credentials = boto3.Session().get_credentials()
        assert credentials is not None
        assert (credentials.access_key, credentials.token) == ("local", None)
        assert os.environ["AWS_DEFAULT_REGION"] == REGION
    assert dict(os.environ) == before


def test_handlers_find_the_environment_block_of_the_template() -> None:
    seen: list[str] = []
    work = {"StartAt": "Work", "States": {"Work": task("Work", ResultPath=None, End=True)}}
    with running(work, {"Work": lambda _: seen.append(os.environ["ITEMS_TABLE"])}) as world:
        world.run()
    assert seen == ["shop-ItemsTable"]


def test_functions_with_different_environments_are_refused() -> None:
    stack = {"Resources": resources(NOTHING, {"One": "a.handler", "Two": "b.handler"})}
    stack["Resources"]["Two"]["Properties"]["Environment"]["Variables"]["EXTRA"] = "1"
    with pytest.raises(EnvironmentMismatch, match="differ in EXTRA"):
        Engine(Template({"shop": stack}), clock=ScaledClock(), account_id=ACCOUNT_ID, region=REGION)


def test_a_second_engine_at_the_same_time_is_refused() -> None:
    second = Engine(
        template_of(NOTHING, {}), clock=ScaledClock(), account_id=ACCOUNT_ID, region=REGION
    )
    with running() as world:
        with pytest.raises(EngineBusy):
            second.start()
        assert world.dynamodb.list_tables()["TableNames"]


def test_an_engine_after_another_knows_nothing_of_it() -> None:
    with running() as world:
        world.end_of(world.start(name="drill-1"))
        first_url = world.engine.endpoint_url
    with running(account_id="999988887777", region="eu-central-1") as world:
        machines = world.stepfunctions.list_state_machines()["stateMachines"]
        arn = "arn:aws:states:eu-central-1:999988887777:stateMachine:machine"
        assert [machine["stateMachineArn"] for machine in machines] == [arn]
        assert world.start(name="drill-1") == arn.replace("stateMachine", "execution") + ":drill-1"
        assert world.engine.endpoint_url != first_url


def test_stopping_the_engine_ends_an_execution_between_two_attempts() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 86400, "MaxAttempts": 9}]
    fails = {"StartAt": "Work", "States": {"Work": task("Work", Retry=retry, End=True)}}

    def fail(_: object) -> None:
        raise RuntimeError

    before = threading.active_count()
    with running(fails, {"Work": fail}, scale=1.0) as world:
        arn = world.start()
        until(lambda: world.history(arn)[-1]["type"] == "TaskFailed")
    until(lambda: threading.active_count() <= before)
