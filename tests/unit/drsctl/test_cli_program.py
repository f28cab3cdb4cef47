"""What holds for every command: global options, errors without tracebacks, exit codes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app
from cli.root_group import RootGroup, hoist_global_options, options_taking_values
from tests.unit.drsctl.answers import DB_RUNNING, PLAN, RUN, at, listed, problem, run
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["plan", "ls", "-o", "json"], ["-o", "json", "plan", "ls"]),
        (["plan", "ls", "-ojson"], ["-ojson", "plan", "ls"]),
        (["plan", "--api=http://h", "ls"], ["--api=http://h", "plan", "ls"]),
        (["drill", "x", "--debug", "--watch"], ["--debug", "drill", "x", "--watch"]),
        (["drill", "--", "--debug"], ["drill", "--", "--debug"]),
        (["inventory", "export", "-O", "f"], ["inventory", "export", "-O", "f"]),
        (["plan", "ls", "--output"], ["--output"]),
        (["x", "--reason", "-o because"], ["x", "--reason", "-o because"]),
        (["x", "--reason", "--debug", "-o", "json"], ["-o", "json", "x", "--reason", "--debug"]),
        (["x", "--reason", "--", "--debug"], ["--debug", "x", "--reason", "--"]),
        (["x", "--reason=y", "--debug"], ["--debug", "x", "--reason=y"]),
        (["x", "--reason"], ["x", "--reason"]),
    ],
)
def test_global_options_may_stand_anywhere(written: list[str], meant: list[str]) -> None:
    assert hoist_global_options(written, {"--reason", "-O"}) == meant


def test_an_option_takes_a_value_in_every_command_or_in_none() -> None:
    root = get_command(app)
    assert isinstance(root, RootGroup)
    valued = options_taking_values(root)
    assert {"--reason", "--attempt", "-O", "--output-file", "--at", "--plan"} <= valued
    assert not valued & flags(root)


def flags(group: TyperGroup) -> set[str]:
    """Return the names of all options below the group that take no value."""
    commands = group.commands.values()
    below = {name for each in commands if isinstance(each, TyperGroup) for name in flags(each)}
    options = (o for each in commands for o in each.params if isinstance(o, TyperOption))
    return below.union(*(option.opts for option in options if option.is_flag))


def test_the_api_option_wins_over_the_environment(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    result = drsctl("plan", "ls", "--api", f"{api.url}/", DRSCTL_API_URL="http://127.0.0.1:1")
    assert result.exit_code == 0


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    assert drsctl("plan", "ls", HTTP_PROXY="http://127.0.0.1:1", NO_PROXY="").exit_code == 0


def test_an_api_that_is_not_there_is_named_with_the_way_to_start_one(drsctl: Drsctl) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = drsctl("plan", "ls", "--api", url)
    assert result.exit_code == 254
    assert result.stderr.startswith(f"Error: nothing answers at {url} (")
    assert "`drsctl local`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://host", "", "http://"])
def test_an_address_that_is_no_url_is_wrong_input(drsctl: Drsctl, address: str) -> None:
    result = drsctl("plan", "ls", f"--api={address}")
    assert result.exit_code == 2
    assert "is no http URL; it looks like http://127.0.0.1:8080" in result.stderr


@pytest.mark.parametrize("text", ["<html>Welcome to nginx!</html>", "[]"])
def test_another_program_on_the_port_is_recognised(
    drsctl: Drsctl, api: CannedApi, text: str
) -> None:
    api.will_say("GET", "/recovery-plans", text)
    result = drsctl("plan", "ls")
    assert result.exit_code == 254
    assert result.stderr.startswith(
        f"Error: what answers at {api.url} is not the DRS orchestrator: name its address"
    )


@pytest.mark.parametrize("document", [{}, {"items": None}, {"items": {}}, {"plans": []}])
def test_another_api_is_recognised(drsctl: Drsctl, api: CannedApi, document: object) -> None:
    api.will_answer("GET", "/recovery-plans", document)
    result = drsctl("plan", "ls")
    assert result.exit_code == 254
    assert "is not the DRS orchestrator" in result.stderr


def test_what_cannot_be_decoded_is_another_program(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_say("GET", "/recovery-plans", "no gzip", encoding="gzip")
    result = drsctl("plan", "ls")
    assert result.exit_code == 254
    assert "is not the DRS orchestrator" in result.stderr


def test_an_argument_that_fits_into_no_address_is_wrong_input(drsctl: Drsctl) -> None:
    result = drsctl("run", "show", "x" * 100_000)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: an argument fits into no address (URL too long)")


@pytest.mark.parametrize(
    "environment",
    [
        {"ALL_PROXY": "socks5://127.0.0.1:1"},
        {"HTTP_PROXY": "bogus://127.0.0.1:1"},
        {"HTTPS_PROXY": "http://host:port"},
        {"SSL_CERT_FILE": "/nowhere/certificates"},
    ],
)
def test_an_environment_that_allows_no_connection_is_named(
    drsctl: Drsctl, environment: dict[str, str]
) -> None:
    result = drsctl("plan", "ls", "--api", "https://orchestrator.invalid", **environment)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: this environment allows no connection to https://")
    assert "HTTP_PROXY" in result.stderr


@pytest.mark.parametrize("end", ["", "/nothing here", ":port"])
def test_a_password_in_the_address_is_not_shown(drsctl: Drsctl, end: str) -> None:
    result = drsctl("plan", "ls", f"--api=http://user:secret@127.0.0.1:{free_port()}{end}")
    assert "127.0.0.1" in result.stderr
    assert "secret" not in result.stderr
    assert "user" not in result.stderr


def test_the_password_in_the_address_is_sent(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    drsctl("plan", "ls", "--api", api.url.replace("//", "//user:secret@"))
    assert api.asked[0].headers["Authorization"].startswith("Basic ")


def test_a_start_whose_answer_is_lost_may_have_begun(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    path = f"/recovery-plans/{PLAN['planId']}/execute"
    api.will_hang_up("POST", path)
    result = drsctl("drill", "three-tier")
    assert result.exit_code == 254
    assert result.stderr == (
        f"Error: the connection to {api.url} was lost before it answered POST {path}; see that it"
        " is well; it may have been carried out: `drsctl run ls` tells whether the run has"
        " started\n"
    )


def test_a_change_whose_answer_is_lost_may_have_been_made(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_hang_up("POST", f"/executions/{RUN}/pause")
    result = drsctl("run", "pause", RUN)
    assert "it may have been carried out: look before you ask again" in result.stderr
    api.will_hang_up("GET", "/recovery-plans")
    assert "carried out" not in drsctl("plan", "ls").stderr


def test_an_error_page_of_a_proxy_is_one_line(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_say("GET", "/recovery-plans", "<html>oops</html>", status=502)
    result = drsctl("plan", "ls")
    assert (result.exit_code, result.stderr) == (254, "Error: HTTP 502 BAD GATEWAY\n")


def test_a_problem_is_shown_with_every_place(drsctl: Drsctl, api: CannedApi) -> None:
    refusal = problem(422, "Invalid request", "the query is wrong", ("/limit", "1 to 100"))
    api.will_answer("GET", "/executions", refusal, status=422)
    result = drsctl("run", "ls")
    assert result.exit_code == 254
    assert result.stderr == ("Error: Invalid request: the query is wrong\n  /limit: 1 to 100\n")


def test_a_fault_of_the_program_is_a_short_message(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed({"planId": "p"}))
    result = drsctl("plan", "ls")
    assert result.exit_code == 255
    assert result.stderr == (
        "Error: unexpected KeyError: 'name'; --debug shows where it comes from\n"
    )
    debugged = drsctl("plan", "ls", "--debug")
    assert debugged.exit_code == 255
    assert "Traceback (most recent call last)" in debugged.stderr


def test_wrong_usage_exits_with_2(drsctl: Drsctl) -> None:
    for line in (["plan", "shwo"], ["drill"], ["plan", "ls", "-o", "xml"], ["demo", "--port", "x"]):
        result = drsctl(*line)
        assert result.exit_code == 2, line
        assert "Error: " in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        *("plan apply", "plan ls", "plan show", "drill", "run ls", "run show", "run watch"),
        *("inventory export", "inventory show", "local", "demo"),
        *("account ls", "account set", "account check", "account rm"),
    ],
)
def test_every_help_shows_examples(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"\n  Examples:\n    drsctl {command}" in result.stdout


def test_colours_are_for_those_who_want_them(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/executions", listed(run("RUNNING", at(1), DB_RUNNING)))
    coloured = drsctl("run", "ls", FORCE_COLOR="1", COLUMNS="200")
    assert "\x1b[34m" in coloured.stdout
    for plain in (
        drsctl("run", "ls", FORCE_COLOR="1", NO_COLOR="1"),
        drsctl("run", "ls", "--no-color", FORCE_COLOR="1"),
    ):
        assert "\x1b[34m" not in plain.stdout


def test_a_reader_that_leaves_early_causes_no_traceback(api: CannedApi, tmp_path: Path) -> None:
    api.will_answer("GET", "/recovery-plans", listed(*[PLAN] * 5000))
    script = (
        f"{sys.executable} -c 'from cli.main import main; main()' plan ls 2>{tmp_path}/talk"
        " | head -n 1"
    )
    shown = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", script],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("NAME")
    assert (tmp_path / "talk").read_text() == ""


@pytest.mark.parametrize("command", ["plan ls", "plan ls -o json", "--version", "--help"])
def test_a_reader_that_left_is_no_failed_execution(api: CannedApi, command: str) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", "from cli.main import main; main()", *command.split()],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.parametrize("command", ["plan ls", "plan ls -o json", "--version", "--help"])
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">&-", "it is closed"), (">/dev/full", "No space left on device")],
)
def test_an_output_that_takes_nothing_is_one_message(
    api: CannedApi, command: str, redirection: str, reason: str
) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    script = f"{sys.executable} -c 'from cli.main import main; main()' {command} {redirection}"
    result = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", script],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 255
    said = f"Error: the output cannot be written: {reason}; see where it goes\n"
    assert result.stderr == said


def test_closed_talk_does_not_stop_the_data(api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    script = f"{sys.executable} -c 'from cli.main import main; main()' plan ls 2>&-"
    result = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", script],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0
    assert result.stdout.startswith("NAME")


def test_ctrl_c_is_told_however_early_it_comes(drsctl: Drsctl) -> None:
    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.root_group.hoist_global_options", interrupted)
        result = drsctl("plan", "ls")

    assert (result.exit_code, result.stderr) == (130, "stopped\n")


def test_json_is_one_line(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    result = drsctl("plan", "ls", "-o", "json")
    assert result.stdout == json.dumps(listed(PLAN)) + "\n"


def test_a_demo_without_its_example_says_what_to_name_instead(
    drsctl: Drsctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.demo._EXAMPLE", tmp_path)
    result = drsctl("demo", "--exit")
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {tmp_path}/plan.yaml: the example is not there; run drsctl from a clone of the"
        " repository, or name your own with --plan FILE and --inventory FILE\n"
    )


def test_only_demo_and_local_load_the_server() -> None:
    script = (
        "import sys, cli.main\n"
        "heavy = {'local', 'boto3', 'httpx', 'moto', 'drs_orchestrator'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "[]\n"
