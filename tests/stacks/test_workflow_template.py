"""The state machine inside the synthesized template, which is what is deployed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(params=["RecoveryStateMachine", "CleanUpStateMachine"])
def machine(request: pytest.FixtureRequest, resources: dict[str, Any]) -> dict[str, Any]:
    """Properties of a state machine."""
    properties: dict[str, Any] = resources[request.param]["Properties"]
    return properties


def test_one_failed_wave_does_not_end_the_others(resources: dict[str, Any]) -> None:
    # As text: moto refuses the integer 100, which most of the CDK would have made of it.
    definition = resources["RecoveryStateMachine"]["Properties"]["DefinitionString"]
    assert '"ToleratedFailurePercentage": 100.0' in definition


def test_every_token_of_the_definition_is_filled_and_none_is_left_over(
    machine: dict[str, Any],
) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))

    assert used == machine["DefinitionSubstitutions"].keys()


def test_a_token_is_filled_with_the_function_of_the_same_logical_id(
    machine: dict[str, Any],
) -> None:
    for token, value in machine["DefinitionSubstitutions"].items():
        expected = {"Ref": "AWS::Partition"} if token == "Partition" else _arn_of(token)
        assert value == expected


def _arn_of(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def test_cfn_lint_finds_nothing_in_the_templates(assembly: Path, tmp_path: Path) -> None:
    result = _lint(assembly, tmp_path, typo=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_cfn_lint_reads_the_definition_inside_the_template(assembly: Path, tmp_path: Path) -> None:
    result = _lint(assembly, tmp_path, typo=True)

    assert "E3601" in result.stdout


def _lint(assembly: Path, directory: Path, *, typo: bool) -> subprocess.CompletedProcess[str]:
    for path in assembly.glob("*.template.json"):
        # cfn-lint knows no partition but aws inside a definition, and fills in no token.
        text = path.read_text().replace("arn:${Partition}:states", "arn:aws:states")
        if typo:
            text = text.replace("ItemSelector", "ItemSelektor")
        (directory / path.name).write_text(text)
    templates = sorted(str(path) for path in directory.glob("*.template.json"))
    # W3005: the CDK writes a DependsOn where a reference would do.
    cfn_lint = [str(Path(sys.executable).with_name("cfn-lint")), "-i", "W3005"]
    return subprocess.run(  # noqa: S603 - our own tool
        [*cfn_lint, "-r", "us-east-1", "-t", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
