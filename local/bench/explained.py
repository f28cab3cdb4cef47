"""Why a goal is missed, as far as the figures themselves tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import geometric_mean

from local.bench.goals import Goal, goals
from local.bench.plans import Json

_HEAD = """\
Why a goal is missed, as far as the figures tell. The blind schedule knows the plan, not the
durations, and needs no time at all: what it has above the bound is chance, what the product has
above it is the product's own time.

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
    plans = mode["eventsLost"] if goal.events_lost else mode["plans"]
    blind = {name: plan["blindOracleRatio"] for name, plan in plans.items()}
    ratios = {name: plan["ratio"] for name, plan in plans.items()}
    if goal.figure == "worstP95Ratio":
        yield from _worst_p95(goal.limit, ratios, blind)
    else:
        yield from _mean(ratios, blind)


def _worst_p95(limit: float, ratios: Json, blind: Json) -> Iterator[str]:
    """Say which plans are over the limit, and whether the blind schedule is below it.

    With as many digits as the goals have: three would make 1.0602 a limit of 1.06 that is met.
    """
    for name, ratio in ratios.items():
        if ratio["p95"] > limit:
            misses = blind[name]["p95"] > limit
            verdict = "misses the goal, too" if misses else "meets the goal"
            yield (
                f"{name} has {ratio['p95']:.4f};\n"
                f"  the blind schedule has {blind[name]['p95']:.4f} and {verdict}"
            )


def _mean(ratios: Json, blind: Json) -> Iterator[str]:
    """Say whose the largest share is, and what chance alone comes to."""
    logarithms = {name: math.log(ratio["mean"]) for name, ratio in ratios.items()}
    largest = max(logarithms, key=logarithms.__getitem__)
    share = logarithms[largest] / sum(logarithms.values())
    chance = geometric_mean([each["mean"] for each in blind.values()])
    yield (
        f"{share:.0%} of what it has above 1 comes from {largest};\n"
        f"  the blind schedule has {chance:.4f}"
    )
