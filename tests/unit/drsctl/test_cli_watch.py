"""Ctrl-C, and an API that stays away, while something goes on: what a person is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Request, Response

from tests.unit.drsctl.answers import ACCEPTED, DB_RUNNING, PLAN, RUN, at, listed, problem, run
from tests.unit.drsctl.canned_api import CannedApi, serving
from tests.unit.drsctl.conftest import Drsctl
from tests.unit.drsctl.test_cli_clean_up import cleaned

EXECUTE = f"/recovery-plans/{PLAN['planId']}/execute"
FAREWELL = f"Detached; the run goes on. Follow it again: drsctl run watch {RUN}"
UNAVAILABLE = problem(503, "Store unavailable", "try again")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once."""
    monkeypatch.setattr("cli.watch.LOCAL_POLL_SECONDS", 0.0)


@pytest.mark.parametrize("output", [[], ["-o", "json"]])
def test_a_drill_whose_first_look_fails_is_followed(
    drsctl: Drsctl, api: CannedApi, output: list[str]
) -> None:
    started(api)
    api.will_answer("GET", f"/executions/{RUN}", UNAVAILABLE, status=503)
    api.will_answer("GET", f"/executions/{RUN}", run("COMPLETED", at(1)))
    result = drsctl("drill", "three-tier", "--watch", *output)
    assert result.exit_code == 0
    assert "no answer, trying again: Store unavailable" in result.output


@pytest.mark.parametrize("output", [[], ["-o", "json"]])
def test_a_drill_that_can_be_followed_no_longer_is_named(
    drsctl: Drsctl, api: CannedApi, output: list[str]
) -> None:
    started(api)
    api.will_answer("GET", f"/executions/{RUN}", UNAVAILABLE, status=503)
    result = drsctl("drill", "three-tier", "--watch", *output)
    assert result.exit_code == 254
    assert result.stderr.splitlines()[-2:] == [
        "Error: Store unavailable: try again (request r-1)",
        f"  {FAREWELL}",
    ]


def test_a_watch_that_was_refused_names_the_run(drsctl: Drsctl, api: CannedApi) -> None:
    started(api)
    api.will_answer("GET", f"/executions/{RUN}", problem(403, "Denied", "no"), status=403)
    assert drsctl("drill", "three-tier", "--watch").stderr.endswith(f"  {FAREWELL}\n")


def test_a_run_that_nobody_has_seen_is_not_said_to_go_on(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", UNAVAILABLE, status=503)
    result = drsctl("run", "watch", RUN)
    assert (result.exit_code, len(api.asked)) == (254, 1)
    assert "goes on" not in result.stderr


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
    assert said == f"{FAREWELL}\n"
    assert {asked.method for asked in api.asked} == {"GET"}


def test_ctrl_c_does_not_end_a_clean_up_and_says_so(api: CannedApi) -> None:
    path = f"/executions/{RUN}"
    api.will_answer("POST", f"{path}/clean-up", cleaned("RUNNING", None), status=202)
    api.will_answer("GET", path, cleaned("RUNNING", None))
    watching = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", AS_IN_A_TERMINAL, "run", "clean-up", RUN, "--watch"],
        env={**os.environ, "DRSCTL_API_URL": api.url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stderr is not None
    assert "clean-up" in watching.stderr.readline()
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert said.splitlines()[-1] == (
        f"Detached; the clean-up goes on. See how it goes: drsctl run show {RUN}"
    )


@pytest.fixture
def slow_start() -> Iterator[tuple[str, threading.Event]]:
    """The address of an API that has begun to start a drill when the event is set."""
    begun, over = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        if request.method == "POST":
            begun.set()
            over.wait(30)
        return Response(json.dumps(listed(PLAN)), content_type="application/json")

    with serving(answer) as url:
        yield url, begun
        over.set()


def test_ctrl_c_during_a_start_says_that_it_may_have_begun(
    slow_start: tuple[str, threading.Event],
) -> None:
    url, begun = slow_start
    starting = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", AS_IN_A_TERMINAL, "drill", "three-tier"],
        env={**os.environ, "DRSCTL_API_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert begun.wait(30)
    time.sleep(0.1)  # the client waits for the answer by now
    starting.send_signal(signal.SIGINT)
    _, said = starting.communicate(timeout=30)
    assert starting.returncode == 130
    assert said == (
        "stopped; it may have been carried out: `drsctl run ls` tells whether the run has started\n"
    )


def started(api: CannedApi) -> None:
    """Accept a drill."""
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    api.will_answer("POST", EXECUTE, ACCEPTED, status=202)
