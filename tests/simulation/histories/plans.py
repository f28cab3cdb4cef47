"""The plans of a random history, dealt over its protection groups, and who starts them when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drs_orchestrator.domain.execution_type import ExecutionType
from tests.simulation.histories.actions import draw_actions

Json = dict[str, Any]
# Of all plans but the first: those that want a group or two of another plan's as well.
_BORROWS_SHARE = 0.3
_TWO_GROUPS_SHARE = 0.15
_STARTED_TWICE_SHARE = 0.3
_BY_CONSOLE_SHARE = 0.2
_POINT_IN_TIME_SHARE = 0.15


@dataclass(frozen=True)
class Start:
    """A plan that somebody wants to run, as what, from when on, and by which door."""

    document: Json
    mode: ExecutionType
    after_seconds: float
    by_console: bool
    replaces: bool
    """Whether a RECOVERY may replace live instances of an earlier one."""
    minutes_back: int | None
    """To what time servers are recovered, so many minutes before the start; None: the latest."""


def draw_plans(chance: random.Random, groups: Sequence[Json]) -> list[Json]:
    """Return plans: mostly over groups of their own, some over groups of others, too."""
    number = chance.choice((1, 1, 2, 2, 3))
    shuffled = chance.sample(groups, len(groups))
    hands = [shuffled[start::number] for start in range(number)]
    for hand in hands[1:]:
        foreign = [each for each in groups if each not in hand]
        if not hand or chance.random() < _BORROWS_SHARE:
            hand.extend(chance.sample(foreign, min(len(foreign), chance.randint(1, 2))))
    return [_draw_plan(chance, f"random-{i}", hand) for i, hand in enumerate(hands)]


def draw_starts(chance: random.Random, plans: Sequence[Json]) -> list[Start]:
    """Return one start of each plan, and of some a second one, which may come in its midst."""
    starts = [_draw_start(chance, plan, (0.0, 1.0, 20.0)) for plan in plans]
    return starts + [
        _draw_start(chance, plan, (0.0, 2.0, 30.0, 300.0, 3600.0))
        for plan in plans
        if chance.random() < _STARTED_TWICE_SHARE
    ]


def _draw_start(chance: random.Random, plan: Json, moments: Sequence[float]) -> Start:
    is_dated = chance.random() < _POINT_IN_TIME_SHARE
    return Start(
        plan,
        chance.choice(list(ExecutionType)),
        chance.choice(moments),
        by_console=chance.random() < _BY_CONSOLE_SHARE,
        replaces=chance.random() < 0.8,
        minutes_back=chance.choice((5, 60, 3000)) if is_dated else None,
    )


def _draw_plan(chance: random.Random, name: str, groups: Sequence[Json]) -> Json:
    """Return a plan whose waves may depend on any before them."""
    waves: list[Json] = []
    left = list(groups)
    while left:
        hand = [left.pop() for _ in range(1 + (chance.random() < _TWO_GROUPS_SHARE)) if left]
        names = [each["name"] for each in waves]
        wave = {
            "name": f"w{len(waves)}",
            "protectionGroups": [each["name"] for each in hand],
            "dependsOn": chance.sample(names, chance.randint(0, min(2, len(names)))),
        }
        waves.append({**wave, **draw_manners(chance), **draw_actions(chance, hand)})
    tidiness = {"cleanUpAfterMinutes": 30} if chance.random() < 0.3 else {}
    return {"name": name, "protectionGroups": list(groups), "waves": waves, **tidiness}


def draw_manners(chance: random.Random) -> Json:
    """Return what a wave is like besides whom it launches."""
    percent = {"minimumPercent": chance.choice((1, 50, 100))}
    manners: Json = {
        "onFailure": chance.choice(("ASK", "CONTINUE", "STOP")),
        "successPolicy": chance.choice(("ALL", "CRITICAL", percent)),
        "deadlineMinutes": chance.choice((30, 90)),
    }
    if chance.random() < 0.15:
        manners["approval"] = {"role": "Owner"}
    if chance.random() < 0.2:
        manners["healthCheck"] = {"ec2Status": True, "deadlineMinutes": 10}
    return manners
