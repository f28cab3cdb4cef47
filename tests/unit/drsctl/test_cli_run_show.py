"""`drsctl run show`: a run as it stands, for people."""

from __future__ import annotations

import json

from tests.unit.drsctl.answers import (
    APP_FAILED,
    APP_SERVER,
    APP_UP,
    APP_WAITS,
    COMPLETED,
    DB_ASKS,
    DB_RUNNING,
    DB_SERVER,
    DB_UP,
    FAILED,
    PARTIAL,
    RUN,
    at,
    question,
    run,
)
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl


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


def test_a_run_that_failed_before_its_first_wave_shows_no_empty_table(
    drsctl: Drsctl, api: CannedApi
) -> None:
    failed = run("FAILED", at(1), reason="the plan's servers are busy")
    api.will_answer("GET", f"/executions/{RUN}", failed)
    result = drsctl("run", "show", RUN)
    assert result.stdout.splitlines()[-1] == "the plan's servers are busy"
    assert "WAVE" not in result.stdout


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
