"""`drsctl plan`, and what it says about plan files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.drsctl.answers import PLAN, listed, problem
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl

PLAN_FILE = """\
apiVersion: drs-orchestrator/v1
kind: RecoveryPlan
name: three-tier
waves:
  - name: database
    protectionGroups: [order-db]
  - name: application
    protectionGroups:
      - order-app
    dependsOn:
      - databse
"""


# Nine lines that stand for 10 to the power of 9 values.
ALIASES_OF_ALIASES = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
)


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """A plan file with a misspelt dependency, which only the API can see."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN_FILE)
    return path


def test_a_new_plan_is_posted_as_it_is_written(
    drsctl: Drsctl, api: CannedApi, plan_file: Path
) -> None:
    api.will_answer("GET", "/recovery-plans", listed())
    api.will_answer("POST", "/recovery-plans", {**PLAN, "version": 1}, status=201)
    result = drsctl("plan", "apply", str(plan_file))
    assert result.exit_code == 0
    assert result.stdout == f"created plan three-tier ({PLAN['planId']}), version 1\n"
    assert result.stderr == "Drill it: drsctl drill three-tier --watch\n"
    [post] = api.asked_of("POST")
    assert post.body is not None
    assert post.body["waves"][1] == {
        "name": "application",
        "protectionGroups": ["order-app"],
        "dependsOn": ["databse"],
    }


def test_a_known_plan_is_replaced_in_the_version_that_was_read(
    drsctl: Drsctl, api: CannedApi, plan_file: Path
) -> None:
    path = f"/recovery-plans/{PLAN['planId']}"
    api.will_answer("GET", "/recovery-plans", listed({**PLAN, "name": "Three-Tier"}))
    api.will_answer("GET", path, PLAN, etag='"2"')
    api.will_answer("PUT", path, {**PLAN, "version": 3})
    result = drsctl("plan", "apply", str(plan_file))
    assert result.exit_code == 0
    assert result.stdout.startswith("replaced plan three-tier")
    [put] = api.asked_of("PUT")
    assert put.headers["If-Match"] == '"2"'


def test_what_the_api_does_not_accept_is_shown_at_its_line(
    drsctl: Drsctl, api: CannedApi, plan_file: Path
) -> None:
    api.will_answer("GET", "/recovery-plans", listed())
    refusal = problem(
        422,
        "Invalid plan",
        "the waves contradict each other",
        ("/waves/1/dependsOn/0", "no wave is named 'databse'; name one of application, database"),
        ("/waves/0/protectionGroups/0", "no group is named 'order-db'; write it into the plan"),
        ("/rtoMinutes", "a number is needed"),
    )
    api.will_answer("POST", "/recovery-plans", refusal, status=422)
    result = drsctl("plan", "apply", str(plan_file))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"Error: {plan_file}: Invalid plan: the waves contradict each other",
        f"  {plan_file}:11: /waves/1/dependsOn/0: no wave is named 'databse';"
        " name one of application, database",
        f"  {plan_file}:6: /waves/0/protectionGroups/0: no group is named 'order-db';"
        " write it into the plan",
        f"  {plan_file}:1: /rtoMinutes: a number is needed",
    ]


def test_servers_of_another_group_are_shown_at_their_lines(
    drsctl: Drsctl, api: CannedApi, tmp_path: Path
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: a\nprotectionGroups:\n  - name: b\n    sourceServerIds:\n      - s-1\n")
    first = "server s-1 belongs to 'c'; a server may be in one group only: remove it there or here"
    circle = "servers change places among b, d; take them out of their groups first"
    detail = (
        "recovery plan 'a': /protectionGroups/0/sourceServerIds/0: "
        f"{first}; /protectionGroups: {circle}"
    )
    refusal = problem(409, "A server may be in one protection group only", detail)
    api.will_answer("GET", "/recovery-plans", listed())
    api.will_answer("POST", "/recovery-plans", refusal, status=409)
    result = drsctl("plan", "apply", str(path))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"Error: {path}: A server may be in one protection group only",
        f"  {path}:5: /protectionGroups/0/sourceServerIds/0: {first}",
        f"  {path}:2: /protectionGroups: {circle}",
    ]


def test_a_conflict_without_a_place_keeps_its_own_words(
    drsctl: Drsctl, api: CannedApi, plan_file: Path
) -> None:
    api.will_answer("GET", "/recovery-plans", listed())
    refusal = problem(409, "Name taken", "another plan is named 'three-tier'")
    api.will_answer("POST", "/recovery-plans", refusal, status=409)
    result = drsctl("plan", "apply", str(plan_file))
    assert result.exit_code == 254
    assert result.stderr == "Error: Name taken: another plan is named 'three-tier'\n"


def test_a_refusal_that_is_not_about_the_file_keeps_its_own_words(
    drsctl: Drsctl, api: CannedApi, plan_file: Path
) -> None:
    api.will_answer("GET", "/recovery-plans", listed())
    refusal = problem(503, "Store unavailable", "DynamoDB failed after retries")
    api.will_answer("POST", "/recovery-plans", refusal, status=503)
    result = drsctl("plan", "apply", str(plan_file))
    assert result.exit_code == 254
    assert (
        result.stderr == "Error: Store unavailable: DynamoDB failed after retries (request r-1)\n"
    )


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        pytest.param("name: [a\nwaves: 1\n", 2, "not YAML", id="not YAML"),
        pytest.param("name: a\n\tb: 1\n", 2, "not YAML", id="a tab"),
        pytest.param("name: a\nname: b\n", 2, "duplicate key", id="a key twice"),
        pytest.param("- name: a\n", 1, "a plan file is a mapping", id="a list"),
        pytest.param("just words\n", 1, "a plan file is a mapping", id="words"),
        pytest.param("name: a\nsince: 2026-01-01\n", 2, "put it in quotes", id="a date"),
        pytest.param("name: a\nwaves:\n  - 1: x\n", 3, "put it in quotes", id="a number as key"),
        pytest.param("name: a\nrtoMinutes: .nan\n", 2, "not a number of JSON", id="not a number"),
        pytest.param("name: a\nb: !!bool foo\n", 2, "'foo' is no bool", id="no bool"),
        pytest.param('name: a\nb: !!int ""\n', 2, "'' is no int", id="no int"),
        pytest.param("name: a\nb:\n  - !!float x\n", 3, "'x' is no float", id="no float"),
        pytest.param("name: a\nb: 2026-13-45\n", 2, "is no timestamp", id="no date"),
        pytest.param("name: a\nwaves: &w [*w]\n", 2, "refers to what contains it", id="a circle"),
        pytest.param("name: a\n---\nname: b\n", 2, "not YAML", id="two documents"),
        pytest.param("name: a\n? [b]\n: c\n", 2, "a field name is text", id="a list as key"),
        pytest.param(f"name: {'[' * 60}{']' * 60}\n", 1, "more than 50 deep", id="depth"),
        pytest.param(ALIASES_OF_ALIASES, 1, "aliases repeat more than 10000", id="aliases"),
    ],
)
def test_a_malformed_plan_file_is_refused_at_its_line(
    drsctl: Drsctl, api: CannedApi, tmp_path: Path, content: str, line: int, words: str
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(content)
    result = drsctl("plan", "apply", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {path}:{line}: ")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert api.asked == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the plan file is empty"),
        (b"# nothing yet\n", "a plan file is a mapping"),
        (b"name: caf\xe9\n", "not UTF-8 text"),
        (b"name: \x00\n", "not YAML"),
        (b"[" * 100_000, "nested too deeply to be a plan"),
    ],
)
def test_a_file_that_holds_no_text_is_refused(
    drsctl: Drsctl, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    result = drsctl("plan", "apply", str(path))
    assert result.exit_code == 2
    assert f"Error: {path}" in result.stderr
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_missing_file_and_a_directory_are_refused_by_name(drsctl: Drsctl, tmp_path: Path) -> None:
    missing = drsctl("plan", "apply", str(tmp_path / "absent.yaml"))
    assert missing.exit_code == 2
    assert missing.stderr == (
        f"Error: {tmp_path}/absent.yaml: no such plan file; name one that exists\n"
    )
    directory = drsctl("plan", "apply", str(tmp_path))
    assert directory.exit_code == 2
    assert "a directory, not a plan file" in directory.stderr


def test_an_alias_of_a_plan_file_is_written_out(
    drsctl: Drsctl, api: CannedApi, tmp_path: Path
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: a\nwaves:\n  - protectionGroups: &g [b]\n  - protectionGroups: *g\n")
    api.will_answer("GET", "/recovery-plans", listed())
    api.will_answer("POST", "/recovery-plans", PLAN, status=201)
    assert drsctl("plan", "apply", str(path)).exit_code == 0
    [post] = api.asked_of("POST")
    assert post.body is not None
    assert post.body["waves"] == [{"protectionGroups": ["b"]}] * 2


def test_all_pages_of_plans_are_listed(drsctl: Drsctl, api: CannedApi) -> None:
    other = {**PLAN, "planId": "plan_2", "name": "intranet", "description": ""}
    api.will_answer(
        "GET", "/recovery-plans", listed(PLAN, next_token="t1"), listed(other), listed(PLAN)
    )
    result = drsctl("plan", "ls")
    assert result.exit_code == 0
    assert [line.split()[:4] for line in result.stdout.splitlines()] == [
        ["NAME", "ID", "VERSION", "WAVES"],
        ["three-tier", PLAN["planId"], "2", "2"],
        ["intranet", "plan_2", "2", "2"],
    ]
    assert api.asked[1].query["nextToken"] == "t1"
    as_json = drsctl("plan", "ls", "-o", "json")
    assert json.loads(as_json.stdout) == listed(PLAN)


def test_an_empty_list_says_how_to_begin(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed())
    result = drsctl("plan", "ls")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "`drsctl plan apply FILE`" in result.stderr


def test_a_plan_is_shown_by_name_with_what_waits_for_what(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/recovery-plans", listed(PLAN))
    result = drsctl("plan", "show", "THREE-TIER")
    assert result.exit_code == 0
    assert result.stdout == (
        f"three-tier   version 2   {PLAN['planId']}\n"
        "Order system of the shop\n"
        "RTO 240 minutes\n"
        "\n"
        "WAVE         AFTER     PROTECTION GROUPS  ON FAILURE\n"
        "database     at once   order-db           CONTINUE\n"
        "application  database  order-app          CONTINUE\n"
    )
    as_json = drsctl("plan", "show", PLAN["planId"], "-o", "json")
    assert json.loads(as_json.stdout) == PLAN


def test_a_plan_shows_what_its_waves_do_besides_launching(drsctl: Drsctl, api: CannedApi) -> None:
    settings = {
        "approval": {"role": "DBA", "timeoutMinutes": 30, "onTimeout": "REJECT"},
        "preActions": [{"name": "settle", "type": "wait"}],
        "deadlineMinutes": 90,
        "successPolicy": {"minimumPercent": 80},
        "healthCheck": {
            "ec2Status": True,
            "probe": {"type": "http", "port": 80, "path": "/up"},
            "healthyPercent": 100,
            "deadlineMinutes": 15,
        },
    }
    wave = {**PLAN["waves"][0], **settings}
    found = {**PLAN, "cleanUpAfterMinutes": 240, "waves": [wave]}
    api.will_answer("GET", "/recovery-plans", listed(found))
    told = drsctl("plan", "show", PLAN["planId"]).stdout
    for words in (
        "drills cleaned up after 240 minutes",
        "approval by DBA, REJECT after 30 minutes",
        "before: settle (wait)",
        "deadline 90 minutes",
        "success at 80 %",
        "health: EC2 status, http :80/up; 100 % within 15 minutes",
    ):
        assert words in told


def test_half_a_character_is_shown_at_its_line(drsctl: Drsctl, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"name": "\U0001f4a5"}, indent=1))
    result = drsctl("plan", "apply", str(path))
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {path}:2: /name: '\\ud83d' is half a character; write the character itself\n"
    )
