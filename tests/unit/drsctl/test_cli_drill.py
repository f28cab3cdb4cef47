"""`drsctl drill`: what is sent, and what is not."""

from __future__ import annotations

import pytest

from tests.unit.drsctl.answers import PLAN, RUN, listed
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl


def test_an_unknown_plan_is_an_error_that_says_where_to_look(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    result = drsctl("drill", "payroll")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: no recovery plan has the id or name 'payroll'")
    assert api.asked_of("POST") == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-11-23T02:00:00Z", "2026-11-23T02:00:00+00:00"),
        ("2026-11-23 02:00+01:00", "2026-11-23T02:00:00+01:00"),
        ("latest", "LATEST"),
    ],
)
def test_a_point_in_time_is_sent_as_the_api_takes_it(
    drsctl: Drsctl, api: CannedApi, text: str, sent: str
) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    path = f"/recovery-plans/{PLAN['planId']}/execute"
    api.will_answer("POST", path, {"executionId": RUN}, status=202)
    assert drsctl("drill", PLAN["name"], "--at", text).exit_code == 0
    (asked,) = api.asked_of("POST")
    assert asked.body == {"executionType": "DRILL", "pointInTime": sent}


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23T02:00:00", "02:00Z"])
def test_what_is_no_moment_is_not_sent(drsctl: Drsctl, api: CannedApi, text: str) -> None:
    result = drsctl("drill", PLAN["name"], "--at", text)
    assert result.exit_code == 2
    assert f"--at: '{text}' is no moment in a time zone; write it like 2026-" in result.stderr
    assert api.asked == []
