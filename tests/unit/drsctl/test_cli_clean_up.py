"""Cleaning up after a drill."""

from __future__ import annotations

import json

from tests.unit.drsctl.answers import COMPLETED, RUN, Json, problem
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl

PATH = f"/executions/{RUN}"


def cleaned(status: str, result: str | None, reason: str | None = None) -> Json:
    """Return a drill whose clean-up stands so."""
    instance = {
        "sourceServerId": "s-5aaaaaaaaaaaaaaaa",
        "recoveryInstanceId": "i-0aaaaaaaaaaaaaaaa",
        "jobId": None,
        "result": result,
        "reason": reason,
    }
    clean_up = {"status": status, "reason": reason, "instances": [instance]}
    return {**COMPLETED, "cleanUp": clean_up}


def test_a_clean_up_is_asked_for_and_shown(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("POST", f"{PATH}/clean-up", cleaned("RUNNING", None), status=202)
    result = drsctl("run", "clean-up", RUN)
    assert result.exit_code == 0
    assert "RUNNING" in result.stdout
    assert result.stderr == f"See how it goes: drsctl run show {RUN}\n"


def test_a_watched_clean_up_ends_with_what_is_left(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("POST", f"{PATH}/clean-up", cleaned("RUNNING", None), status=202)
    looks = [cleaned("RUNNING", None), cleaned("INCOMPLETE", "REFUSED", "no drill")]
    api.will_answer("GET", PATH, *looks)
    result = drsctl("run", "clean-up", RUN, "--watch")
    assert result.exit_code == 1
    assert "0/1 instances" in result.stderr
    assert "REFUSED" in result.stdout
    assert "no drill" in result.stdout


def test_a_watched_clean_up_that_leaves_nothing_is_a_success(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("POST", f"{PATH}/clean-up", cleaned("RUNNING", None), status=202)
    api.will_answer("GET", PATH, cleaned("COMPLETED", "TERMINATED"))
    result = drsctl("run", "clean-up", RUN, "--watch", "-o", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["cleanUp"]["status"] == "COMPLETED"


def test_the_clean_up_of_a_recovery_is_refused_in_words(drsctl: Drsctl, api: CannedApi) -> None:
    refusal = problem(409, "CleanUpRefused", f"execution '{RUN}' is a RECOVERY")
    api.will_answer("POST", f"{PATH}/clean-up", refusal, status=409)
    result = drsctl("run", "clean-up", RUN)
    assert result.exit_code == 254
    assert "RECOVERY" in result.stderr


def test_a_run_shows_its_clean_up_and_when_it_is_due(drsctl: Drsctl, api: CannedApi) -> None:
    due = {**COMPLETED, "cleanUpTime": "2026-01-01T14:20:15Z"}
    unscheduled = {**COMPLETED, "cleanUpProblem": "CreateSchedule: denied"}
    missed = {**due, "cleanUpProblem": "promised, and did not begin"}
    answers = cleaned("COMPLETED", "ALREADY_GONE"), due, unscheduled, missed
    api.will_answer("GET", PATH, *answers)
    assert "ALREADY_GONE" in drsctl("run", "show", RUN).stdout
    assert "clean-up at 2026-01-01" in drsctl("run", "show", RUN).stdout
    assert "not scheduled: CreateSchedule: denied" in drsctl("run", "show", RUN).stdout
    assert "clean-up: promised, and did not begin" in drsctl("run", "show", RUN).stdout
