"""Why a goal is missed, as far as the figures themselves tell."""

from __future__ import annotations

import math
from collections.abc import Iterator

from local.bench.goals import WORST_P95, goals
from local.bench.plans import Json


def explanation(report: Json) -> str:
    """Return a list of what lies behind the missed goals; nothing if all are met."""
    missed = [goal for goal in goals(report) if not goal.is_met]
    if not missed:
        return ""
    plans = list(_plans(report))
    unexplained = [goal.name for goal in missed if not (plans and "ratio" in goal.name)]
    lines = [f"- **{name}**: not explained.\n" for name in unexplained]
    return "".join(["Why a goal is missed, as far as the figures tell:\n\n", *plans, *lines])


def _plans(report: Json) -> Iterator[str]:
    """Yield what there is to say of each plan with a p95 over the goal.

    The blind schedule knows the plan, not the durations, and needs no time at all: what it has is
    chance, what the product has beyond it is its own time.
    """
    for mode, each in report["modes"].items():
        whole = sum(math.log(plan["ratio"]["mean"]) for plan in each["plans"].values())
        for name, plan in each["plans"].items():
            ratio, blind = plan["ratio"], plan["blindOracleRatio"]
            if ratio["p95"] <= WORST_P95:
                continue
            share = math.log(ratio["mean"]) / whole
            reach = "out of anybody's reach" if blind["p95"] > WORST_P95 else "within reach"
            yield (
                f"- **{name}, {mode}**: a p95 of {ratio['p95']:.3f}. The blind schedule, which"
                f" needs no time at all,\n  has {blind['p95']:.3f}, so that the goal is {reach} on"
                f" these seeds; what lies between the two is the\n  product's own time."
                f" {share:.0%} of what the geometric mean lies above 1 is this plan's.\n"
            )
