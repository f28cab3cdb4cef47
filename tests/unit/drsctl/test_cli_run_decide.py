"""`drsctl run decide`: answers to what a run asks."""

from __future__ import annotations

import json

from tests.unit.drsctl.answers import (
    ASKING,
    RUN,
    question,
)
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl


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
