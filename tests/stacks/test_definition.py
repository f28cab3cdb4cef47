"""From the workflow's file to the list of functions and the text that is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.definition import InvalidDefinition, Step, load_definition

MACHINE = """
StartAt: Each wave
States:
  Each wave:
    Type: Map
    ToleratedFailurePercentage: 100.0
    ItemProcessor:
      StartAt: Start recovery
      States:
        Start recovery:
          Type: Task
          Parameters: {FunctionName: "%s"}
          Next: Start again
        Start again:
          Type: Task
          Parameters: {FunctionName: "%s"}
          End: true
    End: true
"""


def _write(tmp_path: Path, *names: str) -> Path:
    path = tmp_path / "machine.asl.yaml"
    path.write_text(MACHINE % names)
    return path


def test_a_function_that_two_states_call_exists_once(tmp_path: Path) -> None:
    path = _write(tmp_path, "${StartRecoveryFunction}", "${StartRecoveryFunction}")

    assert load_definition(path).steps == (
        Step("StartRecoveryFunction", "drs_orchestrator.steps.start_recovery.handler"),
    )


def test_functions_come_in_the_order_of_their_states(tmp_path: Path) -> None:
    path = _write(tmp_path, "${StartRecoveryFunction}", "${AskAgainFunction}")

    steps = load_definition(path).steps

    assert [step.logical_id for step in steps] == ["StartRecoveryFunction", "AskAgainFunction"]


def test_a_percentage_written_with_a_point_keeps_it(tmp_path: Path) -> None:
    path = _write(tmp_path, "${StartRecoveryFunction}", "${AskAgainFunction}")

    assert '"ToleratedFailurePercentage": 100.0,' in load_definition(path).text


@pytest.mark.parametrize(
    "name", ["start-recovery", "${startRecoveryFunction}", "${StartRecovery}", ""]
)
def test_a_function_name_that_no_module_can_be_derived_from_is_refused(
    tmp_path: Path, name: str
) -> None:
    path = _write(tmp_path, "${StartRecoveryFunction}", name)

    with pytest.raises(InvalidDefinition, match="state 'Start again'"):
        load_definition(path)
