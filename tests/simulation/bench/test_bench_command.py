"""`drsctl bench`: any plan, measured in virtual time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

EXAMPLE = Path(__file__).parents[3] / "examples" / "three-tier"


def test_the_example_plan_is_measured_beside_three_other_policies() -> None:
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1", "-o", "json"])

    assert result.exit_code == 0, result.stderr
    assert "three-tier DRILL, one wave after another: 1 seed, " in result.stderr
    report = json.loads(result.stdout)
    named = "lowerBoundSeconds makespanSeconds ratio policies transitions maxEvents drsCalls"
    assert list(report) == [*named.split(), "quotaErrors"]
    assert set(report["ratio"]) == set(report["makespanSeconds"]) == {"mean", "p95"}
    assert 1 < report["ratio"]["mean"] < 1.05
    assert report["makespanSeconds"]["p95"] > report["lowerBoundSeconds"]
    assert set(report["policies"]) == {"sequential", "levels", "jobPerServer"}
    assert report["policies"]["sequential"]["ratio"]["mean"] > 1.2
    assert report["quotaErrors"] == 0
    assert 0 < report["maxEvents"] < 1000
    assert report["transitions"] > 0
    assert report["drsCalls"] > 0


def test_people_are_told_that_servers_of_a_job_may_wait_for_each_other() -> None:
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(EXAMPLE / "inventory.json")]

    told = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"]).stdout
    explained = CliRunner().invoke(app, ["bench", "--help"]).stdout

    for text in (told, explained):
        words = " ".join(text.split())
        assert "change phases together, as one real job log shows, ratios are larger" in words
        assert "docs/reference/benchmark.md says how much" in words


def test_what_is_no_plan_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.yaml"
    wrong.write_text("name: mine\nwaves: []\nwvaes: 3\n", encoding="utf-8")
    files = ["--plan", str(wrong), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files])

    assert result.exit_code == 2
    assert "plan.yaml:2: /waves: needs at least 1 element(s)" in result.stderr
    assert "plan.yaml:3: /wvaes: no such field exists; remove it" in result.stderr


@pytest.mark.parametrize("seeds", ["0", "10001", "99999999999999999999", "x"])
def test_a_number_of_seeds_that_cannot_be_meant_is_refused(seeds: str) -> None:
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", seeds])

    assert result.exit_code == 2
    assert "--seeds" in result.stderr


def test_what_the_product_does_not_accept_is_shown_at_its_lines(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.yaml"
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("dependsOn: [database]", "dependsOn: [databse]"), "utf-8")
    files = ["--plan", str(wrong), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"])

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"Error: {wrong}: recovery plan 'three-tier' is wrong",
        f"  {wrong}:28: /waves/1/dependsOn/0: no wave is named 'databse';"
        " name one of batch, database, web",
    ]


def test_what_is_wrong_with_the_inventory_is_not_said_of_the_plan(tmp_path: Path) -> None:
    wrong = tmp_path / "inventory.json"
    wrong.write_text('{"items": []}', encoding="utf-8")
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(wrong)]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"])

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {wrong}: inventory, at /items: it holds no server.")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            'accountId: "111122223333"',
            'accountId: "444455556666"',
            ":8: /protectionGroups/0/accountId: the inventory has no source server of account"
            " 444455556666, Region us-west-2;"
            " it has some of account 111122223333, Region us-west-2; ",
        ),
        (
            "region: us-west-2",
            "region: us-east-1",
            ":9: /protectionGroups/0/region: the inventory has no source server of account"
            " 111122223333, Region us-east-1;"
            " it has some of account 111122223333, Region us-west-2; ",
        ),
        (
            "Tier: app",
            "Tier: none",
            ":14: /protectionGroups/1/serverSelectionTags: the inventory has no source server with"
            " these tags in account 111122223333, Region us-west-2; ",
        ),
        (
            "s-5aa980f3ed6db3581",
            "s-5bbbbbbbbbbbbbbbb",
            ":10: /protectionGroups/0/sourceServerIds/0: the inventory has no source server"
            " s-5bbbbbbbbbbbbbbbb in account 111122223333, Region us-west-2; ",
        ),
        (
            "protectionGroups: [",
            "protectionGroups: [nobody, ",
            ":25: /waves/0/protectionGroups/0: no protection group is named 'nobody'; define it",
        ),
    ],
)
def test_what_the_inventory_lacks_is_shown_at_the_lines_of_the_plan(
    before: str, after: str, told: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "plan.yaml"
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
    wrong.write_text(text.replace(before, after, 1), "utf-8")
    files = ["--plan", str(wrong), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"])

    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if line.startswith(f"  {wrong}{told}")]


def test_a_server_that_cannot_be_launched_is_shown_where_the_plan_names_it(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.json"
    document = json.loads((EXAMPLE / "inventory.json").read_text(encoding="utf-8"))
    (server,) = (
        each for each in document["items"] if each["sourceServerID"] == "s-5aa980f3ed6db3581"
    )
    server["dataReplicationInfo"]["dataReplicationState"] = "DISCONNECTED"
    inventory.write_text(json.dumps(document), encoding="utf-8")
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(inventory)]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"])

    assert result.exit_code == 2
    assert (
        "/protectionGroups/0/sourceServerIds/0: s-5aa980f3ed6db3581: its replication is"
        " DISCONNECTED: nothing to launch from; leave it out" in result.stderr
    )


def test_what_runs_already_is_left_out(tmp_path: Path) -> None:
    """A launch over a recovery would be refused, and to measure is no reason to end one."""
    inventory = tmp_path / "inventory.json"
    document = json.loads((EXAMPLE / "inventory.json").read_text(encoding="utf-8"))
    for each in document["items"][:2]:
        each["recoveryInstanceId"] = f"i-{each['sourceServerID'][2:]}"
    inventory.write_text(json.dumps(document), encoding="utf-8")
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(inventory)]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1", "-o", "json"])

    assert result.exit_code == 0, result.stderr
    first, second = (each["sourceServerID"] for each in document["items"][:2])
    assert f"left out: what runs of {first}, {second}\n" in result.stderr
    assert json.loads(result.stdout)["quotaErrors"] == 0


def test_of_many_wrong_places_a_screenful_is_shown(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.yaml"
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
    unknown = ", ".join(f"s-5{number:016x}" for number in range(300))
    wrong.write_text(text.replace("s-5aa980f3ed6db3581", unknown, 1), "utf-8")
    files = ["--plan", str(wrong), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1"])

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "  ... and 280 more places"
    assert len(result.stderr.splitlines()) == 22
