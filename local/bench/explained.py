"""Why a goal is missed, as far as the figures themselves tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import geometric_mean

from local.bench.goals import Goal, goals
from local.bench.plans import Json

_HEAD = """\
Why a goal is missed, as far as the figures tell. The blind schedule knows the plan, not the
durations, and needs no time at all: what it has is chance, what the product has beyond it is its
own time.

"""


def explanation(report: Json) -> str:
    """Return what lies behind each of the missed goals; nothing if all are met."""
    missed = [goal for goal in goals(report) if not goal.is_met]
    lines = [f"- **{goal.name}**: {'; '.join(_why(goal, report))}.\n" for goal in missed]
    return "".join([_HEAD, *lines]) if lines else ""


def _why(goal: Goal, report: Json) -> Iterator[str]:
    if not goal.mode:
        yield "not explained"
        return
    mode = report["modes"][goal.mode]
    blind = {name: plan["blindOracleRatio"] for name, plan in mode["plans"].items()}
    ratios = {
        name: (mode["eventsLost"][name] if goal.events_lost else plan)["ratio"]
        for name, plan in mode["plans"].items()
    }
    if goal.figure == "worstP95Ratio":
        yield from _worst_p95(goal.limit, ratios, blind)
    else:
        yield from _mean(ratios, blind)


def _worst_p95(limit: float, ratios: Json, blind: Json) -> Iterator[str]:
    """Say which plans are over the limit, and whether anybody could be below it."""
    for name, ratio in ratios.items():
        if ratio["p95"] > limit:
            is_beyond = blind[name]["p95"] > limit
            reach = "beyond" if is_beyond else "within"
            yield (
                f"{name} has {ratio['p95']:.3f}, the blind schedule {blind[name]['p95']:.3f},"
                f" so that\n  the goal is {reach} what it reaches on these seeds"
            )


def _mean(ratios: Json, blind: Json) -> Iterator[str]:
    """Say whose the largest share is, and what chance alone comes to."""
    logarithms = {name: math.log(ratio["mean"]) for name, ratio in ratios.items()}
    largest = max(logarithms, key=logarithms.__getitem__)
    share = logarithms[largest] / sum(logarithms.values())
    chance = geometric_mean([each["mean"] for each in blind.values()])
    yield (
        f"{share:.0%} of what it lies above 1 is {largest}'s,\n"
        f"  and the blind schedule has {chance:.4f}"
    )
