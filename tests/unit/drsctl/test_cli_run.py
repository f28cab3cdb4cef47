"""Starting, following and listing executions."""

from __future__ import annotations

import json

import pytest

from tests.unit.drsctl.answers import (
    ACCEPTED,
    APP_WAITS,
    ASKING,
    COMPLETED,
    DB_ASKS,
    DB_RUNNING,
    FAILED,
    LOOKS,
    PARTIAL,
    PLAN,
    RUN,
    at,
    listed,
    problem,
    run,
)
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl

EVENTS = f"""\
[00:00:00] execution {RUN} DRILL of three-tier
[00:00:00] execution {RUN} RUNNING
[00:00:06] wave database RUNNING 0/3
[00:09:00] wave database COMPLETED 3/3
[00:09:30] wave application RUNNING 0/2
[00:20:00] wave application COMPLETED 2/2
[00:20:15] execution {RUN} COMPLETED
"""


@pytest.fixture
def drill_api(api: CannedApi) -> CannedApi:
    """An API with one plan that accepts a drill of it."""
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    path = f"/recovery-plans/{PLAN['planId']}/execute"
    api.will_answer("POST", path, ACCEPTED, status=202)
    return api


def test_a_drill_answers_its_id_alone_for_scripts_and_the_next_command_for_people(
    drsctl: Drsctl, drill_api: CannedApi
) -> None:
    result = drsctl("drill", "three-tier")
    assert result.exit_code == 0
    assert result.stdout == f"{RUN}\n"
    assert result.stderr == f"Follow it: drsctl run watch {RUN}\n"
    [start] = drill_api.asked_of("POST")
    assert start.body == {"executionType": "DRILL"}


def test_a_watched_drill_prints_a_line_an_event(drsctl: Drsctl, drill_api: CannedApi) -> None:
    drill_api.will_answer("GET", f"/executions/{RUN}", *LOOKS)
    result = drsctl("drill", "three-tier", "--watch")
    assert result.exit_code == 0
    assert result.stdout == EVENTS


def test_who_looks_late_sees_the_same_events(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", COMPLETED)
    result = drsctl("run", "watch", RUN)
    assert result.stdout == EVENTS.replace(f"[00:00:00] execution {RUN} RUNNING\n", "")


def test_with_json_stdout_carries_the_final_execution_alone(
    drsctl: Drsctl, drill_api: CannedApi
) -> None:
    drill_api.will_answer("GET", f"/executions/{RUN}", *LOOKS)
    result = drsctl("drill", "three-tier", "--watch", "-o", "json")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [COMPLETED]
    assert result.stderr.startswith(EVENTS)


@pytest.mark.parametrize(
    ("final", "code"),
    [
        (COMPLETED, 0),
        (FAILED, 1),
        (PARTIAL, 3),
        ({**FAILED, "status": "INTERRUPTED", "endTime": None}, 1),
    ],
)
def test_the_exit_code_tells_how_a_followed_run_ended(
    drsctl: Drsctl, api: CannedApi, final: dict[str, object], code: int
) -> None:
    api.will_answer("GET", f"/executions/{RUN}", final)
    assert drsctl("run", "watch", RUN).exit_code == code


def test_in_a_pipe_a_watch_leaves_with_4_when_a_person_is_needed_and_says_how_to_answer(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", f"/executions/{RUN}", run("RUNNING", at(8), DB_RUNNING), ASKING)
    result = drsctl("run", "watch", RUN)
    assert result.exit_code == 4
    answer = f"drsctl run decide {RUN} --attempt 1 database"
    assert result.stdout.splitlines()[-5:] == [
        "",
        f"? database: {ASKING['waves'][0]['question']['message']}",
        f"    {answer} RETRY                launch the failed servers again",
        f'    {answer} SKIP --reason "..."  go on without them; dependents start',
        f"    {answer} ABORT                nothing new starts; the execution fails",
    ]


def test_a_hiccup_of_the_api_does_not_end_the_watch(drsctl: Drsctl, api: CannedApi) -> None:
    path = f"/executions/{RUN}"
    api.will_answer("GET", path, run("RUNNING", at(0.2), DB_RUNNING, APP_WAITS))
    api.will_answer("GET", path, problem(503, "Store unavailable", "try again"), status=503)
    api.will_answer("GET", path, COMPLETED)
    result = drsctl("run", "watch", RUN)
    assert result.exit_code == 0
    assert "no answer, trying again: Store unavailable" in result.stdout
    assert result.stdout.count("wave database RUNNING") == 1


def test_watching_an_unknown_run_fails_at_once(drsctl: Drsctl, api: CannedApi) -> None:
    refusal = problem(404, "Execution not found", f"no execution has the id '{RUN}'")
    api.will_answer("GET", f"/executions/{RUN}", refusal, status=404)
    result = drsctl("run", "watch", RUN)
    assert result.exit_code == 2
    assert result.stderr == f"Error: no run has the id '{RUN}'; `drsctl run ls` lists them\n"
    assert len(api.asked) == 1


@pytest.mark.parametrize("verb", ["show", "watch", "pause", "resume", "cancel"])
@pytest.mark.parametrize("run_id", ["", " ", ".", ".."])
def test_what_can_be_no_run_is_not_asked_for(
    drsctl: Drsctl, api: CannedApi, verb: str, run_id: str
) -> None:
    result = drsctl("run", verb, run_id)
    assert result.exit_code == 2
    assert result.stderr == f"Error: no run has the id '{run_id}'; `drsctl run ls` lists them\n"
    assert api.asked == []


def test_a_proxy_that_knows_no_api_is_not_taken_for_a_missing_run(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_say("GET", f"/executions/{RUN}", "<html>nothing here</html>", status=404)
    result = drsctl("run", "show", RUN)
    assert (result.exit_code, result.stderr) == (254, "Error: HTTP 404 NOT FOUND\n")


def test_runs_of_one_plan_are_listed(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    api.will_answer("GET", "/executions", listed(COMPLETED, LOOKS[0]))
    result = drsctl("run", "ls", "--plan", "three-tier")
    assert result.exit_code == 0
    assert result.stdout == (
        "RUN                               MODE   PLAN        STATE        STARTED"
        "               TOOK\n"
        f"{RUN}  DRILL  three-tier  ✔ COMPLETED  2026-01-01 10:00:00Z  20m 15s\n"
        f"{RUN}  DRILL  three-tier  ● RUNNING    2026-01-01 10:00:00Z  12s\n"
    )
    assert api.asked[-1].query["planId"] == PLAN["planId"]


@pytest.mark.parametrize("name", ["", " "])
def test_runs_of_a_plan_without_a_name_are_not_all_runs(
    drsctl: Drsctl, api: CannedApi, name: str
) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    result = drsctl("run", "ls", "--plan", name)
    assert result.exit_code == 2
    assert f"no recovery plan has the id or name '{name}'" in result.stderr


def test_an_argument_that_is_no_text_is_wrong_input(drsctl: Drsctl, api: CannedApi) -> None:
    execution = run("AWAITING_DECISION", at(1), DB_ASKS)
    api.will_answer("GET", f"/executions/{RUN}", execution)
    api.will_answer("GET", "/executions/?", problem(404, "Not Found", "none"), status=404)

    decided = drsctl("run", "decide", RUN, "database", "SKIP", "--reason", "\udcff")
    shown = drsctl("run", "show", "\udcff")

    assert (decided.exit_code, shown.exit_code) == (2, 2)
    assert decided.stderr == ("Error: '\\udcff' in an argument is no text in UTF-8; correct it\n")
    assert "no run has the id" in shown.stderr


def test_the_list_names_the_waves_that_ask_whatever_the_state(
    api: CannedApi, drsctl: Drsctl
) -> None:
    cancelling = {**run("CANCELLING", at(8), DB_RUNNING), "awaiting": ["database"]}
    api.will_answer("GET", "/executions", listed(cancelling))

    lines = drsctl("run", "ls").stdout.splitlines()

    assert "WAVES THAT ASK" in lines[0]
    assert lines[1].split()[3:6] == ["●", "CANCELLING", "database"]
