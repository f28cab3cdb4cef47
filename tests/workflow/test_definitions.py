"""The workflows as text: a lint of our own, the name chain, and AWS's own grammar."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from drs_orchestrator.domain import errors
from stacks.definition import load_definition, walk_states

ROOT = Path(__file__).parents[2]
DEFINITIONS = sorted((ROOT / "statemachines").glob("*.asl.yaml"))
LAST_STEPS = {"recovery": "Finish execution", "clean-up": "Finish clean-up"}
VALIDATOR = ROOT / "node_modules" / ".bin" / "asl-validator"

# Names that AWS gives to errors, in front of the first dot.
AWS_ERROR_SPACES = {"States", "Lambda", "Sandbox", "Runtime"}


def name_of(definition: Path) -> str:
    """Return `recovery` of recovery.asl.yaml."""
    return definition.name.removesuffix(".asl.yaml")


def load(definition: Path) -> dict[str, Any]:
    """Return the definition with its `${Token}`s."""
    loaded: dict[str, Any] = YAML(typ="safe").load(definition)
    return loaded


@pytest.fixture(scope="module", params=DEFINITIONS, ids=name_of)
def definition(request: pytest.FixtureRequest) -> Path:
    """One state machine's file."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def machine(definition: Path) -> dict[str, Any]:
    """The definition with its `${Token}`s."""
    return load(definition)


@pytest.fixture(scope="module")
def states(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> state, those of the child included."""
    walked = list(walk_states(machine))
    assert len({name for name, _ in walked}) == len(walked), "a name is used twice"
    return dict(walked)


def targets(state: dict[str, Any]) -> Iterator[str]:
    """Every state that may follow."""
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for way in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield way["Next"]


def graphs(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each graph of the machine, the outermost first: the name it starts at, and its states."""
    yield machine["StartAt"], machine["States"]
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            yield from graphs(state["ItemProcessor"])


def test_no_state_goes_to_itself(states: dict[str, dict[str, Any]]) -> None:
    # The interpreter of local mode falls through to the normal Next there: a gate would open.
    assert not [name for name, state in states.items() if name in targets(state)]


def test_every_target_is_a_state_of_the_same_graph(machine: dict[str, Any]) -> None:
    for _, graph in graphs(machine):
        for name, state in graph.items():
            assert set(targets(state)) <= graph.keys(), name


def test_every_state_can_be_reached(machine: dict[str, Any]) -> None:
    for start, graph in graphs(machine):
        reached: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(targets(graph[name]))
        assert reached == graph.keys()


def test_every_state_tells_a_reader_what_it_does(states: dict[str, dict[str, Any]]) -> None:
    assert not [name for name, state in states.items() if not state.get("Comment", "").strip()]


def test_the_graph_stays_small_enough_to_read(states: dict[str, dict[str, Any]]) -> None:
    assert len(states) <= 30


def test_every_task_has_an_answer_to_failure_except_the_one_that_judges_all(
    definition: Path, states: dict[str, dict[str, Any]]
) -> None:
    without = {
        name for name, state in states.items() if state["Type"] == "Task" and "Catch" not in state
    }

    assert without == {LAST_STEPS[name_of(definition)]}
    assert all("Retry" in state for state in states.values() if state["Type"] == "Task")


def test_every_error_that_is_retried_or_caught_is_one_that_exists(
    states: dict[str, dict[str, Any]],
) -> None:
    named = {
        error
        for state in states.values()
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]
        for error in rule["ErrorEquals"]
    }
    ours = {error for error in named if error.partition(".")[0] not in AWS_ERROR_SPACES}

    assert ours
    for error in ours:
        assert issubclass(getattr(errors, error), errors.OrchestratorError), error


def test_one_name_runs_from_the_state_to_the_function(
    definition: Path, states: dict[str, dict[str, Any]]
) -> None:
    steps = {step.logical_id: step.handler for step in load_definition(definition).steps}
    for name, state in states.items():
        if state["Type"] != "Task":
            continue
        words = words_of(name)
        logical_id = f"{''.join(word.title() for word in words)}Function"
        module = "_".join(words)
        assert state["Parameters"]["FunctionName"] == f"${{{logical_id}}}"
        assert steps[logical_id] == f"drs_orchestrator.steps.{module}.handler"
        assert (ROOT / "functions/drs_orchestrator/steps" / f"{module}.py").exists(), module


def words_of(state: str) -> list[str]:
    """Return the words of a state's name."""
    return re.split("[ -]", state.lower())


def test_every_step_is_called_by_one_workflow() -> None:
    called = [
        "_".join(words_of(name))
        for definition in DEFINITIONS
        for name, state in walk_states(load(definition))
        if state["Type"] == "Task"
    ]
    modules = (ROOT / "functions/drs_orchestrator/steps").glob("*.py")
    steps = {path.stem for path in modules if "\ndef handler(" in path.read_text()}

    assert sorted(steps) == sorted(called)


def test_the_asl_validator_finds_nothing(rendered: str, tmp_path: Path) -> None:
    path = tmp_path / "machine.asl.json"
    path.write_text(rendered)

    result = _validate(path)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_asl_validator_would_find_a_dangling_next(rendered: str, tmp_path: Path) -> None:
    path = tmp_path / "machine.asl.json"
    path.write_text(rendered.replace('"Next": "Check ', '"Next": "Chek '))

    assert _validate(path).returncode != 0


@pytest.fixture(scope="module")
def rendered(definition: Path) -> str:
    """The definition as Step Functions gets it."""
    function = "arn:aws:lambda:us-east-1:111122223333:function:step"
    filled = load_definition(definition).text.replace("${Partition}", "aws")
    return re.sub(r"\$\{\w+Function\}", function, filled)


def _validate(path: Path) -> subprocess.CompletedProcess[str]:
    assert VALIDATOR.exists(), "run `make setup`, which installs it"
    # Node lies beside the interpreter.
    search_path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(  # noqa: S603 - a tool of ours
        [str(VALIDATOR), "--json-path", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": search_path},
    )
