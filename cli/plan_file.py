"""Plan files: YAML that remembers its lines, so that a fault is shown where it was written."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cli.answers import Json
from cli.errors import ApiProblem, BadInput, WrongPlace
from cli.files import read_text
from cli.plan_lines import escape, lines_of

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from cli.client import OrchestratorClient

_EXAMPLE = "examples/three-tier/plan.yaml shows one"
# A conflict with stored groups names its places in the detail, after `: ` or `; `.
_CONFLICT = re.compile(
    r"(?:^|[:;] )(/protectionGroups[\w/]*): (.*?)(?=; /protectionGroups[\w/]*: |$)", re.DOTALL
)


@dataclass(frozen=True)
class PlanFile:
    """A plan document and the line of everything in it, by JSON pointer."""

    path: Path
    document: Json
    lines: dict[str, int]

    def line_of(self, pointer: str) -> int:
        """Return the line of the place, or of the nearest thing around it, counted from 1."""
        while pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines[pointer]


class _Constructor(SafeConstructor):
    """Knows the place of a value that is not what its tag says (`!!bool maybe`, 2026-13-45)."""

    def construct_object(self, node: Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except (LookupError, ValueError) as error:
            kind = str(node.tag).rpartition(":")[2]
            words = f"{str(node.value)[:40]!r} is no {kind}"
            raise ConstructorError(problem=words, problem_mark=node.start_mark) from error


def read_plan_file(path: Path) -> PlanFile:
    """Read a plan file; raise BadInput naming the line. Its content is the API's to judge."""
    text = read_text(path, "plan file")
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        lines = lines_of(path, root)
        yaml = YAML(typ="safe", pure=True)
        yaml.Constructor = _Constructor
        document = yaml.load(text)
    except DuplicateKeyError as error:
        raise BadInput(f"{_place(path, error)}: {_words(error)}; keep one of them") from None
    except MarkedYAMLError as error:
        raise BadInput(f"{_place(path, error)}: not YAML: {_words(error)}; {_EXAMPLE}") from None
    except RecursionError:
        raise BadInput(f"{path}: nested too deeply to be a plan; {_EXAMPLE}") from None
    except (YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path}: not YAML: {reason}; {_EXAMPLE}") from None
    if not isinstance(document, dict):
        raise BadInput(f"{path}:1: a plan file is a mapping of fields such as name; {_EXAMPLE}")
    plan = PlanFile(path, document, lines)
    _check_json(plan, document, "")
    return plan


def apply_plan_file(client: OrchestratorClient, plan: PlanFile) -> tuple[Json, bool]:
    """Store the plan of the file; return it and whether it is new.

    Raises BadInput with the lines that the API does not accept, or the API's own error.
    """
    try:
        return client.apply_plan(plan.document)
    except ApiProblem as problem:
        message, wrong = problem.message, problem.wrong or _conflicts(problem)
        if not wrong and problem.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        if wrong and not problem.wrong:
            # Its detail holds nothing but the places.
            message = problem.title
        places = [
            f"{plan.path}:{plan.line_of(each.pointer)}: {each.pointer or '/'}: {each.message}"
            for each in wrong
        ]
        raise BadInput(f"{plan.path}: {message}", places) from problem


def _conflicts(problem: ApiProblem) -> tuple[WrongPlace, ...]:
    if problem.status != HTTPStatus.CONFLICT:
        return ()
    return tuple(WrongPlace(*found.groups()) for found in _CONFLICT.finditer(problem.detail))


def _check_json(plan: PlanFile, value: object, pointer: str) -> None:
    """Refuse what YAML can say and JSON cannot."""
    place = f"{plan.path}:{plan.line_of(pointer)}: {pointer or '/'}"
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise BadInput(f"{place}: the field name {key} is not text; put it in quotes")
            _check_characters(key, place)
            _check_json(plan, member, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check_json(plan, member, f"{pointer}/{index}")
    elif isinstance(value, str):
        _check_characters(value, place)
    elif isinstance(value, date):
        raise BadInput(f"{place}: YAML reads {value} as a date; put it in quotes")
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{place}: {json.dumps(value)} is not a number of JSON; write another")
    elif not isinstance(value, int | float | None):
        raise BadInput(f"{place}: a {type(value).__name__} has no place in a plan; write text")


def _check_characters(text: str, place: str) -> None:
    """Refuse halves of characters: JSON writes one beyond U+FFFF as two, YAML takes them apart."""
    half = next((each for each in text if "\ud800" <= each <= "\udfff"), None)
    if half:
        raise BadInput(f"{place}: {half!a} is half a character; write the character itself")


def _place(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path}:{mark.line + 1}" if mark else str(path)


def _words(error: MarkedYAMLError) -> str:
    words = cast("str | None", error.problem) or cast("str | None", error.context) or "unreadable"
    return words.splitlines()[0]
