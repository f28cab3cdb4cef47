"""What the page says of the phase barrier: beside the goals, and in a section of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from local.bench.goals import Goal, goals
from local.bench.plans import Json

_AT_THE_GOALS = """\
*Measured* is without the phase barrier, as the head of this page says. The last two columns are the
same plans with it (seeds: {seeds}): the product, and the oracle that launches the same jobs. Of
the {all} ratios to the bound the product then misses {product}, and that oracle {oracle}.
"""
_SECTION = """\
## {mode} with the phase barrier: makespan over the same bound

The servers of a job go from phase to phase together, so that a job lasts as long as the slowest of
each phase, one after the other. Seeds: {seeds}. The bound knows no barrier. *Oracle* and *blind*
do: they launch the jobs that the product launches, and these last as long as in DRS. So *over
blind* is what the product adds to DRS's own time, and *over oracle* the same with what nobody could
foresee. *Best cut* is an oracle that also chooses how many servers a job may have, one number for a
plan and seed: what smaller jobs, which lose less to the barrier, could save somebody who knew all
durations before.
"""


def with_barrier(report: Json) -> dict[str, Goal]:
    """Return the goals by name as measured with the barrier; none if nothing is."""
    modes = {
        mode: each["phaseBarrier"]
        for mode, each in report["modes"].items()
        if "phaseBarrier" in each
    }
    return {goal.name: goal for goal in goals({"modes": modes})}


def oracles_figure(goal: Goal, report: Json) -> float | None:
    """Return what the oracle comes to with the barrier; None where the goal is no ratio."""
    if not goal.figure:
        return None
    mode = report["modes"][goal.mode]["phaseBarrier"]
    overall = mode["overallEventsLost" if goal.events_lost else "overall"]
    figure: float = overall["oracle"][goal.figure]
    return figure


def beside_the_goals(report: Json) -> str:
    """Return what the goals' table shows with the barrier, in words; nothing without it."""
    found = [
        (goal, oracles_figure(goal, report))
        for goal in with_barrier(report).values()
        if goal.figure
    ]
    if not found:
        return ""
    return _AT_THE_GOALS.format(
        seeds=report["barrierSeeds"],
        all=len(found),
        product=sum(not goal.is_met for goal, _ in found),
        oracle=sum(figure is not None and figure > goal.limit for goal, figure in found),
    )


def heading(mode: str, seeds: int) -> str:
    """Return the beginning of a mode's section."""
    return _SECTION.format(mode=mode, seeds=seeds)


HEADS = ("plan", "mean", "p95", "oracle", "blind", "over oracle", "over blind", "best cut")


def rows(mode: Json) -> Iterator[Sequence[str]]:
    """Yield the rows of its table, columns as `HEADS`."""
    for name, plan in mode["phaseBarrier"]["plans"].items():
        shown = (
            plan["ratio"]["mean"],
            plan["ratio"]["p95"],
            plan["oracleRatio"]["mean"],
            plan["blindOracleRatio"]["mean"],
            plan["overOracle"]["mean"],
            plan["overBlindOracle"]["mean"],
            plan["bestCutOracleRatio"]["mean"],
        )
        yield name, *(f"{each:.3f}" for each in shown)
