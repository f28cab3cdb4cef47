"""Reads a state machine's YAML file and derives its Lambda functions from the Task states.

One name runs through the product: the state `Start recovery` names `${StartRecoveryFunction}`,
which is both the function's logical id and, in snake case, its module in `drs_orchestrator.steps`.
So the list of functions is written once, in the workflow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FUNCTION_TOKEN = re.compile(r"\$\{(([A-Z][a-z0-9]+)+)Function\}")
_WORD = re.compile(r"[A-Z][a-z0-9]+")


class InvalidDefinition(ValueError):
    """A Task state whose function cannot be derived; the message names state and remedy."""


@dataclass(frozen=True)
class Step:
    """The Lambda function behind one or more Task states."""

    logical_id: str
    """For example `StartRecoveryFunction`; also the token in the definition."""
    handler: str
    """For example `drs_orchestrator.steps.start_recovery.handler`."""


@dataclass(frozen=True)
class Definition:
    """A state machine: its JSON text, with `${Token}`s, and the functions that it calls."""

    text: str
    steps: tuple[Step, ...]


def load_definition(path: Path) -> Definition:
    """Read the file at `path`. Raises InvalidDefinition.

    Numbers keep their spelling: `100.0` stays `100.0`, which every construct of the CDK that
    builds a definition from objects prints as `100`.
    """
    machine = YAML(typ="safe").load(path)
    steps: dict[str, Step] = {}
    for name, state in walk_states(machine):
        if state["Type"] == "Task":
            step = _step(name, state)
            steps[step.logical_id] = step
    # Indented, because people read this text in the Step Functions console.
    return Definition(text=json.dumps(machine, indent=2), steps=tuple(steps.values()))


def walk_states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state with its name, top to bottom, those inside Map and Parallel states too."""
    for name, state in machine["States"].items():
        yield name, state
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for nested in inner:
            yield from walk_states(nested)


def _step(state_name: str, state: dict[str, Any]) -> Step:
    function_name = state.get("Parameters", {}).get("FunctionName", "")
    match = _FUNCTION_TOKEN.fullmatch(function_name)
    if match is None:
        raise InvalidDefinition(
            f"state {state_name!r}: FunctionName is {function_name!r}; "
            "write ${StartRecoveryFunction} for the module steps/start_recovery.py"
        )
    module = "_".join(word.lower() for word in _WORD.findall(match[1]))
    return Step(f"{match[1]}Function", f"drs_orchestrator.steps.{module}.handler")
