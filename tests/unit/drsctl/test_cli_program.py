"""What holds for every command: global options, errors without tracebacks, exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.root_group import hoist_global_options
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
    ],
)
def test_global_options_may_stand_anywhere(written: list[str], meant: list[str]) -> None:
    assert hoist_global_options(written) == meant


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


# What begins in the background of a script ignores Ctrl-C, and so would all that it starts.
AS_IN_A_TERMINAL = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from cli.main import main; main()"
)


def test_ctrl_c_detaches_and_never_cancels(api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", run("RUNNING", at(0.2), DB_RUNNING))
    watching = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", AS_IN_A_TERMINAL, "run", "watch", RUN],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert watching.stdout.readline().startswith("[00:00:00] execution")
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert said == f"Detached; the run goes on. Follow it again: drsctl run watch {RUN}\n"
    assert {asked.method for asked in api.asked} == {"GET"}


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
