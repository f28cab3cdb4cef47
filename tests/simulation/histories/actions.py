"""The actions of a random plan, and what the documents and functions that they call do."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from local.function_scripts import FunctionScript
from local.ssm import DocumentScript

Json = dict[str, Any]
_DOCUMENTS = ("Do-stop", "Do-flush", "Do-warm")
_FUNCTIONS = ("drain", "notify", "warm-cache")
# Of all waves.
_BEFORE_SHARE, _AFTER_SHARE = 0.35, 0.25
_TWO_SHARE = 0.2
# Of all documents and functions: they do what they are there for.
_SOUND_SHARE = 0.55
# By such a name a person knows the function whose result nobody waits for.
REPORTS = "reports"
_FAILED = DocumentScript(status="Failed", failure_message="disk full")
_COURSES: Sequence[DocumentScript | list[DocumentScript]] = (
    _FAILED,
    [_FAILED, DocumentScript()],
    DocumentScript(hang=True),
    [DocumentScript(hang=True, ignores_cancel=True), DocumentScript()],
    DocumentScript(seconds=120, waiting=True),
)
_BROKEN = FunctionScript(error_type="QueueFull", error_message="try later")
_ANSWERS: Sequence[FunctionScript | list[FunctionScript]] = (
    _BROKEN,
    [_BROKEN, FunctionScript()],
    [FunctionScript(refusal="TooManyRequestsException"), FunctionScript()],
    FunctionScript(refusal="AccessDeniedException"),
    FunctionScript(seconds=90),
)


def draw_actions(chance: random.Random, groups: Sequence[Json]) -> Json:
    """Return the actions of a wave of these groups: mostly none."""
    shares = {"preActions": _BEFORE_SHARE, "postActions": _AFTER_SHARE}
    return {
        phase: [
            _draw_action(chance, f"{phase.removesuffix('Actions')}-{number}", chance.choice(groups))
            for number in range(1 + (chance.random() < _TWO_SHARE))
        ]
        for phase, share in shares.items()
        if chance.random() < share
    }


def draw_documents(
    chance: random.Random,
) -> dict[str, DocumentScript | list[DocumentScript]]:
    """Return the courses of the documents; those that are left out succeed in half a minute."""
    return {name: chance.choice(_COURSES) for name in _DOCUMENTS if chance.random() >= _SOUND_SHARE}


def draw_functions(
    chance: random.Random,
) -> dict[str, FunctionScript | list[FunctionScript]]:
    """Return what the functions answer; Lambda knows none but these."""
    sound = FunctionScript(answer={"keys": 812}, seconds=2)
    return {
        name: sound if chance.random() < _SOUND_SHARE else chance.choice(_ANSWERS)
        for name in _FUNCTIONS
    }


def _draw_action(chance: random.Random, name: str, group: Json) -> Json:
    """Return an action that runs where one of the wave's groups is."""
    manners = {
        "name": name,
        "onFailure": chance.choice(("ASK", "ASK", "CONTINUE", "STOP")),
        "scope": chance.choice(("BOTH", "BOTH", "DRILL", "RECOVERY")),
    }
    kind = chance.choice(("ssm", "ssm", "lambda", REPORTS, "wait"))
    if kind == "wait":
        return {**manners, "type": "wait", "seconds": chance.choice((20, 400))}
    placed = {
        **manners,
        "accountId": group["accountId"],
        "region": group["region"],
        "retries": chance.choice((0, 0, 1)),
    }
    if kind == "ssm":
        what = {"type": "ssm", "documentName": chance.choice(_DOCUMENTS)}
        return {**placed, **what, "timeoutSeconds": chance.choice((60, 300))}
    function = {"type": "lambda", "functionName": chance.choice(_FUNCTIONS)}
    if kind == REPORTS:
        return {**placed, **function, "name": f"{name}-{REPORTS}", "timeoutSeconds": 600}
    return {**placed, **function, "timeoutSeconds": 60}
