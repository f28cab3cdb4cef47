"""`drsctl bench`: any plan, measured in virtual time."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-tier"


def test_the_example_plan_is_measured_beside_three_other_policies() -> None:
    files = ["--plan", str(EXAMPLE / "plan.yaml"), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files, "--seeds", "1", "-o", "json"])

    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert 1 < report["ratio"]["mean"] < 1.05
    assert report["makespanSeconds"]["p95"] > report["lowerBoundSeconds"]
    assert set(report["policies"]) == {"sequential", "levels", "jobPerServer"}
    assert report["policies"]["sequential"]["ratio"]["mean"] > 1.2
    assert report["quotaErrors"] == 0
    assert 0 < report["maxEvents"] < 1000
    assert report["transitions"] > 0
    assert report["drsCalls"] > 0


def test_what_is_no_plan_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.yaml"
    wrong.write_text("name: mine\nwaves: []\n", encoding="utf-8")
    files = ["--plan", str(wrong), "--inventory", str(EXAMPLE / "inventory.json")]

    result = CliRunner().invoke(app, ["bench", *files])

    assert result.exit_code == 2
    assert "plan.yaml:2: /waves" in result.stderr
