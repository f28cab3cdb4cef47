"""What `drsctl local` and `drsctl demo` say before and after the server runs."""

from __future__ import annotations

from typing import cast

import pytest

from cli.answers import Execution
from cli.commands.demo import report
from cli.commands.local import aws_command
from cli.output import Output, OutputFormat
from cli.session import Session
from local.server import LocalServer
from tests.unit.drsctl.answers import APP_SERVER, PARTIAL, Json, at, run, server
from tests.unit.drsctl.conftest import Drsctl


def reported(execution: Json, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines in which a demo reports how its run ended."""
    session = Session("", Output(OutputFormat.TABLE), debug=False)
    report(session, cast("Execution", execution), 1.0)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("command", ["local", "demo --exit"])
@pytest.mark.parametrize("speed", ["inf", "nan", "1e300", "0"])
def test_a_speed_at_which_no_clock_runs_is_refused(
    drsctl: Drsctl, command: str, speed: str
) -> None:
    result = drsctl(*command.split(), "--speed", speed)
    assert result.exit_code == 2
    assert "Invalid value for '--speed'" in result.stderr


@pytest.mark.parametrize("command", ["local", "demo --exit"])
def test_one_port_for_two_is_refused_with_the_true_cause(drsctl: Drsctl, command: str) -> None:
    result = drsctl(*command.split(), "--port", "4599", "--aws-port", "4599")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: --port and --aws-port are both 4599; give each its own, 0 takes a free one\n"
    )


def test_the_way_to_the_simulated_aws_has_region_and_credentials() -> None:
    not_started = LocalServer()
    not_started.aws_url = "http://127.0.0.1:4510"
    region = not_started.simulator.home[1]
    assert aws_command(not_started) == (
        f"AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
        " aws --endpoint-url http://127.0.0.1:4510"
    )


def test_a_demo_that_fell_short_shows_its_servers_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = reported(PARTIAL, capsys)
    assert sum(line.startswith("SOURCE SERVER") for line in lines) == 1
    assert sum("s-5bbbbbbbbbbbbbbbb" in line for line in lines) == 1
    assert lines[-1] == "wave 'application' FAILED: 1 of 2 servers failed"


def test_a_demo_without_waves_shows_no_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = reported(run("FAILED", at(1), reason="the plan's servers are busy"), capsys)
    assert lines == [
        "",
        "DRILL of three-tier: ✘ FAILED in 1m 00s of simulated time, 1.0 s real",
        "the plan's servers are busy",
    ]


def test_a_large_demo_shows_the_lost_servers_among_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = server("s-5zzzzzzzzzzzzzzzz", "web", "FAILED", None, "DRS reports FAILED")
    lines = reported({**PARTIAL, "servers": [*[APP_SERVER] * 50, lost]}, capsys)
    assert sum("s-5zzzzzzzzzzzzzzzz" in line for line in lines) == 1
    assert "and 11 more" in lines
