"""Starting, following and looking at executions."""

from __future__ import annotations

import json

import pytest

from tests.unit.drsctl.answers import (
    ACCEPTED,
    APP_FAILED,
    APP_SERVER,
    APP_UP,
    APP_WAITS,
    ASKING,
    COMPLETED,
    DB_ASKS,
    DB_RUNNING,
    DB_SERVER,
    DB_UP,
    FAILED,
    LOOKS,
    PARTIAL,
    PLAN,
    RUN,
    at,
    listed,
    problem,
    question,
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


def test_a_question_with_a_time_out_says_until_when_and_what_then(
    drsctl: Drsctl, api: CannedApi
) -> None:
    timed = {**question(), "deadline": at(30), "onTimeout": "REJECT"}
    asking = run("AWAITING_DECISION", at(9), {**DB_ASKS, "question": timed})
    api.will_answer("GET", f"/executions/{RUN}", asking)
    result = drsctl("run", "show", RUN)
    assert "    until 2026-01-01 10:30:00Z, then REJECT by itself" in result.stdout.splitlines()


def test_a_run_shows_the_actions_of_its_waves(drsctl: Drsctl, api: CannedApi) -> None:
    action = {"name": "stop-batch", "phase": "BEFORE", "type": "ssm", "startTime": at(1)}
    done = {**action, "status": "FAILED", "reason": "disk full"}
    acting = run("RUNNING", at(8), {**DB_RUNNING, "actions": [done]})
    api.will_answer("GET", f"/executions/{RUN}", acting)
    lines = drsctl("run", "show", RUN).stdout.splitlines()
    assert lines[-2:] == [
        "ACTION      WAVE      WHEN           TYPE  STATE     STARTED               WHY",
        "stop-batch  database  before launch  ssm   ✘ FAILED  2026-01-01 10:01:00Z  disk full",
    ]


def test_an_answer_names_the_question_that_is_asked_now(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", ASKING)
    path = f"/executions/{RUN}/waves/database/decisions"
    api.will_answer("POST", path, {"wave": "database", "attempt": 1, "decision": "RETRY"})
    result = drsctl("run", "decide", RUN, "database", "RETRY", "--reason", "disk replaced")
    (asked,) = api.asked_of("POST")
    assert result.exit_code == 0
    assert (asked.path.endswith(path), asked.body) == (
        True,
        {"attempt": 1, "decision": "RETRY", "reason": "disk replaced"},
    )
    said = f"It answers question 1 of wave database: {question()['message']}\n"
    assert result.stderr == f"{said}Follow it: drsctl run watch {RUN}\n"
    as_json = drsctl("run", "decide", RUN, "database", "RETRY", "-o", "json")
    assert json.loads(as_json.stdout) == {"wave": "database", "attempt": 1, "decision": "RETRY"}


def test_an_answer_may_be_written_in_lower_case(drsctl: Drsctl, api: CannedApi) -> None:
    path = f"/executions/{RUN}/waves/database/decisions"
    api.will_answer("POST", path, {"wave": "database", "attempt": 1, "decision": "SKIP"})
    options = ("--attempt", "1", "--reason", "not needed")
    assert drsctl("run", "decide", RUN, "database", "skip", *options).exit_code == 0
    (asked,) = api.asked_of("POST")
    assert asked.body == {"attempt": 1, "decision": "SKIP", "reason": "not needed"}


def test_an_answer_that_names_its_question_says_which(drsctl: Drsctl, api: CannedApi) -> None:
    path = f"/executions/{RUN}/waves/database/decisions"
    api.will_answer("POST", path, {"wave": "database", "attempt": 2, "decision": "RETRY"})
    result = drsctl("run", "decide", RUN, "--attempt", "2", "database", "RETRY")
    assert result.stderr.startswith("It answers question 2 of wave database\n")


def test_a_reason_is_sent_as_it_is_though_it_looks_like_an_option(
    drsctl: Drsctl, api: CannedApi
) -> None:
    path = f"/executions/{RUN}/waves/database/decisions"
    api.will_answer("POST", path, {"wave": "database", "attempt": 1, "decision": "SKIP"})
    options = ("--attempt", "1", "--reason", "-o because", "-o", "json")
    assert drsctl("run", "decide", RUN, "database", "skip", *options).exit_code == 0
    (asked,) = api.asked_of("POST")
    assert asked.body == {"attempt": 1, "decision": "SKIP", "reason": "-o because"}


def test_an_answer_to_a_wave_that_asks_nothing_is_not_sent(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", ASKING)
    result = drsctl("run", "decide", RUN, "application", "RETRY")
    assert result.exit_code == 2
    assert "wave 'application'" in result.stderr
    assert "asks nothing" in result.stderr
    assert api.asked_of("POST") == []


def test_an_answer_to_a_wave_that_the_run_does_not_have_names_its_waves(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", f"/executions/{RUN}", ASKING)
    result = drsctl("run", "decide", RUN, "databse", "RETRY")
    assert result.exit_code == 2
    names = ", ".join(each["name"] for each in ASKING["waves"])
    assert f"has no wave 'databse'; its waves: {names}" in result.stderr
    assert api.asked_of("POST") == []


def test_a_run_that_fell_short_names_the_reason_and_the_servers(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", f"/executions/{RUN}", PARTIAL)
    result = drsctl("run", "watch", RUN)
    assert result.stdout.splitlines()[-7:] == [
        "[00:20:00] wave application FAILED 1/2: 1 of 2 servers failed",
        f"[00:20:15] execution {RUN} PARTIAL: wave 'application' FAILED: 1 of 2 servers failed",
        "",
        "wave 'application' FAILED: 1 of 2 servers failed",
        "",
        "SOURCE SERVER        WAVE         LAUNCH    RECOVERY INSTANCE  WHY",
        "s-5bbbbbbbbbbbbbbbb  application  ✘ FAILED  none               DRS reports FAILED",
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


def test_a_run_that_failed_before_its_first_wave_shows_no_empty_table(
    drsctl: Drsctl, api: CannedApi
) -> None:
    failed = run("FAILED", at(1), reason="the plan's servers are busy")
    api.will_answer("GET", f"/executions/{RUN}", failed)
    result = drsctl("run", "show", RUN)
    assert result.stdout.splitlines()[-1] == "the plan's servers are busy"
    assert "WAVE" not in result.stdout


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


def test_control_characters_of_others_are_shown_and_not_obeyed(
    drsctl: Drsctl, api: CannedApi
) -> None:
    reason = "so\x1b[2J\x9b1m\tit is\nreally"
    failed = run("FAILED", at(1), {**APP_FAILED, "reason": reason}, reason=reason)
    api.will_answer("GET", f"/executions/{RUN}", failed)
    shown = drsctl("run", "show", RUN).stdout
    assert shown.count("so\ufffd[2J\ufffd1m it is") == 2
    assert "\nreally" in shown
    as_json = drsctl("run", "show", RUN, "-o", "json").stdout
    assert json.loads(as_json) == failed
    assert not any("\x7f" <= each <= "\x9f" or each == "\x1b" for each in as_json)


def test_a_run_is_shown_with_jobs_and_instances(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", COMPLETED)
    result = drsctl("run", "show", RUN)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "DRILL   three-tier   ✔ COMPLETED   took 20m 15s",
        RUN,
        "started 2026-01-01 10:00:00Z, ended 2026-01-01 10:20:15Z",
        "",
        "WAVE         STATE        SERVERS  STARTED    TOOK     DRS JOBS",
        "database     ✔ COMPLETED  3/3      +00:00:06  8m 54s   drsjob-5a1b2c3d4e5f60718",
        "application  ✔ COMPLETED  2/2      +00:09:30  10m 30s  drsjob-5b1b2c3d4e5f60718",
        "",
        "SOURCE SERVER        WAVE         LAUNCH      RECOVERY INSTANCE",
        "s-5aaaaaaaaaaaaaaaa  database     ✔ LAUNCHED  i-0aaaaaaaaaaaaaaaa",
        "s-5bbbbbbbbbbbbbbbb  application  ✔ LAUNCHED  i-0bbbbbbbbbbbbbbbb",
    ]
    as_json = drsctl("-o", "json", "run", "show", RUN)
    assert json.loads(as_json.stdout) == COMPLETED


def test_a_wave_that_nobody_checked_says_so_and_one_that_was_shows_its_servers_health(
    drsctl: Drsctl, api: CannedApi
) -> None:
    well = {**DB_SERVER, "verdict": "VERIFIED", "health": "EC2 status ok; HTTP 200"}
    shown = run(
        "COMPLETED",
        at(20.25),
        {**DB_UP, "healthGate": "PASSED"},
        {**APP_UP, "healthGate": "NONE"},
        servers=[well, APP_SERVER],
    )
    api.will_answer("GET", f"/executions/{RUN}", shown)
    lines = drsctl("run", "show", RUN).stdout.splitlines()
    assert lines[5].endswith("drsjob-5a1b2c3d4e5f60718")
    assert lines[6].endswith("launched, not checked")
    assert lines[9].endswith("EC2 status ok; HTTP 200")


def test_a_launched_server_that_is_not_healthy_is_missing_from_a_complete_recovery(
    drsctl: Drsctl, api: CannedApi
) -> None:
    sick = {**APP_SERVER, "verdict": "LAUNCHED", "health": "SSM agent never seen"}
    ended = run(
        "PARTIAL",
        at(20.25),
        {**DB_UP, "healthGate": "NONE"},
        {**APP_FAILED, "healthGate": "FAILED"},
        servers=[DB_SERVER, sick],
    )
    api.will_answer("GET", f"/executions/{RUN}", ended)
    lines = drsctl("run", "watch", RUN).stdout.splitlines()
    assert lines[-1].endswith("SSM agent never seen")
    assert not any(DB_SERVER["sourceServerId"] in line for line in lines)


def test_looking_at_a_failed_run_is_no_failure(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", f"/executions/{RUN}", FAILED)
    result = drsctl("run", "show", RUN)
    assert result.exit_code == 0
    assert "wave 'application' FAILED: 1 of 2 servers failed" in result.stdout


def test_a_server_whose_turn_has_not_come_is_not_started_and_one_without_an_answer_unknown(
    drsctl: Drsctl, api: CannedApi
) -> None:
    waiting = {**APP_SERVER, "launchStatus": None, "recoveryInstanceId": None}
    sent = {**DB_SERVER, "launchStatus": None, "recoveryInstanceId": None}
    running = run("RUNNING", at(1), DB_RUNNING, APP_WAITS, servers=[sent, waiting])
    api.will_answer("GET", f"/executions/{RUN}", running)
    lines = drsctl("run", "show", RUN).stdout.splitlines()
    assert [" ".join(line.split()) for line in lines[-2:]] == [
        "s-5aaaaaaaaaaaaaaaa database unknown none",
        "s-5bbbbbbbbbbbbbbbb application not started none",
    ]


def test_a_run_shows_who_decided_what_and_why(drsctl: Drsctl, api: CannedApi) -> None:
    made = {"wave": "database", "attempt": 0, "decision": "RETRY", "reason": "disk replaced"}
    decided = {**DB_RUNNING, "decisions": [{**made, "actor": "ada", "time": at(9)}]}
    api.will_answer("GET", f"/executions/{RUN}", run("RUNNING", at(10), decided))
    assert drsctl("run", "show", RUN).stdout.splitlines()[-2:] == [
        "DECISION  WAVE      TIME                  BY   REASON",
        "RETRY     database  2026-01-01 10:09:00Z  ada  disk replaced",
    ]


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
