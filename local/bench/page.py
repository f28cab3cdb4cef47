"""The page docs/reference/benchmark.md, written from a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from local.bench import barrier_page, policies_page
from local.bench.explained import explanation
from local.bench.goals import Goal, goals
from local.bench.plans import Json

_HEAD = """\
<!-- Written by `make bench`; do not edit. -->
# Benchmark

How close recovery comes to the shortest time that DRS and the plan allow. The shipped state
machine and the shipped handlers run in simulated time against the simulated DRS; no figure here
was measured in AWS. `make bench SEEDS=100` writes `docs/reference/benchmark.md` and
`build/bench.json` anew; `drsctl bench --plan FILE --inventory FILE` measures a plan of yours.

- **Ratio**: makespan (request until the last wave is recorded as ended) over the lower bound of
  the same seed. The bound is the longest path of the plan over its slowest servers, or what DRS's
  quotas allow (100 servers a job, 20 jobs, 500 servers in jobs), whichever is longer, if no job
  launches servers of two waves; `local/bench/bound.py`.
- **Oracle**: a list schedule that knows all durations and needs no time itself. It shows how
  tight the bound is. **Blind** is the same schedule without foresight: it knows the plan, not the
  durations, and starts equal waves in the order in which the product did. So what lies between it
  and the bound is chance, and what lies between it and the product is the product's own time.
- **Hand-off**: from the end of the last job of a wave's dependencies to its first launch. Nearly
  half of all are those of `chain-40`, so the worst plan's p99 stands beside that of all together.
- Durations of servers come from the simulator (`local/drs/draws.py`), drawn by seed and server:
  every strategy meets the same luck. A server takes as long in a job of 100 as in one of its own;
  a RECOVERY converts and launches 1.5 times as long as a drill.
- **No phase barrier**, but where the page says so: every server goes from phase to phase on its
  own. In the one real drill whose log is public, the two servers of a job changed phases together,
  and the simulator's servers do so unless it is told otherwise. It is told otherwise here because
  the bound and the goals come from a model of servers that do not wait for each other. With the
  barrier a job lasts longer than its slowest server, whoever starts it; what that makes of each
  goal {barrier}.
- 1 % of DRS's launch events is lost; all of them in the columns *lost*. Events arrive within 5 s,
  evenly.
- The plans are those of `local/bench/plans.py`; `3tier-12` is not that of `examples/three-tier`.
"""
_BARRIER = "stands beside it, and more in sections of its own"
_NO_BARRIER = "was not measured here"
_UNMEASURED = """\
## What no laptop can measure

- How long DRS really takes: all durations are medians and spreads of a few published runs, and
  whether they grow with a job's size, and whether the servers of a large job wait for each other
  between phases, is unknown.
- Throttling of DRS, EC2 and EBS under load; the rates of the DRS API are unpublished.
- Delays of Step Functions, of Lambda's warm invocations and of calls (assumed in
  `local/virtual/latencies.py`) and of EventBridge (`local/events/drs_events.py`). Cold starts are
  left out, and a handler's own work takes no simulated time: with 20 ms for each of some five
  invocations on its path, a wave would take a tenth of a second longer.
- Bills: dollars are counts times list prices; a handler's own work is billed with 20 ms a call.
  Whether starting a child of a distributed map is billed as one more transition is
  documented nowhere.
"""


def page(report: Json) -> str:
    """Return the page in Markdown."""
    parts = [
        _HEAD.format(barrier=_BARRIER if report["barrierSeeds"] else _NO_BARRIER),
        _seeds(report),
        "## Goals\n",
        _goals(report),
        barrier_page.beside_the_goals(report),
        explanation(report),
    ]
    for mode, each in report["modes"].items():
        parts += [f"## {mode}: makespan over lower bound\n", _ratios(each)]
    first, each = next(iter(report["modes"].items()))
    parts += [
        f"## {first}: counts, the largest of any seed; USD, the mean\n",
        _counts(each["plans"]),
    ]
    if "policies" in report:
        for mode, of_plans in report["policies"].items():
            parts += [
                policies_page.heading(mode),
                _table(policies_page.heads(of_plans), policies_page.rows(of_plans)),
            ]
    for mode, each in report["modes"].items():
        if "phaseBarrier" in each:
            parts += [
                barrier_page.heading(mode, report["barrierSeeds"]),
                _table(barrier_page.HEADS, barrier_page.rows(each)),
            ]
    if "work" in report:
        parts += [_WORK, _work(report["work"])]
    return "\n".join([*filter(None, parts), _UNMEASURED])


_WORK = """\
## Processor time and calls

Python's start and the import of a handler, over the start of Python with a bare handler: shortest
processor time of 15 fresh processes each, in turns. The second bare one shows how far such a ratio
can be trusted. Then functions called in one request of the API, once warm, tables in memory.
"""


def _work(work: Json) -> str:
    rows = [(f"import: {name}", f"{ratio:g}") for name, ratio in work["importRatios"].items()]
    rows += [(f"calls: {name}", f"{count:,}") for name, count in work["callsPerRequest"].items()]
    return _table(("what", "times, or calls"), rows)


def _seeds(report: Json) -> str:
    told = f"This page: {report['seeds']} seeds a plan and mode"
    if report["barrierSeeds"]:
        told += f"; {report['barrierSeeds']} with the phase barrier"
    if report["policySeeds"]:
        told += f"; {report['policySeeds']} of other policies"
    return f"{told}.\n"


def _goals(report: Json) -> str:
    heads = ("goal", "limit", "measured", "met")
    rows = [
        (goal.name, f"≤ {goal.limit:g}", f"{goal.measured:g}", "yes" if goal.is_met else "**no**")
        for goal in goals(report)
    ]
    barrier = barrier_page.with_barrier(report)
    if not barrier:
        return _table(heads, rows)
    return _table(
        (*heads, "with the barrier", "oracle with it"),
        [(*row, *_with_barrier(barrier.get(row[0]), report)) for row in rows],
    )


def _with_barrier(goal: Goal | None, report: Json) -> tuple[str, str]:
    """Return the last two columns of a goal's row."""
    if goal is None:
        return "", ""
    oracle = barrier_page.oracles_figure(goal, report)
    return f"{goal.measured:g}", "" if oracle is None else f"{oracle:g}"


def _ratios(mode: Json) -> str:
    rows = []
    for name, plan in mode["plans"].items():
        ratio, lost = plan["ratio"], mode["eventsLost"][name]["ratio"]
        rows.append(
            (
                name,
                f"{plan['lowerBoundSeconds'] / 60:.1f}",
                f"{plan['makespanSeconds']['mean'] / 60:.1f}",
                *(f"{each:.3f}" for each in (ratio["mean"], ratio["p95"])),
                *(f"{each:.3f}" for each in (lost["mean"], lost["p95"])),
                f"{plan['oracleRatio']['mean']:.3f}",
                *(f"{plan['blindOracleRatio'][each]:.3f}" for each in ("mean", "p95")),
            )
        )
    heads = ("plan", "bound, min", "makespan, min", "mean", "p95")
    return _table((*heads, "lost, mean", "p95", "oracle", "blind, mean", "p95"), rows)


def _counts(plans: Json) -> str:
    columns = {
        "transitions": "transitions",
        "maxEvents": "events, fullest",
        "lambdaCalls": "Lambda",
        "drsCalls": "DRS",
        "dynamodbCalls": "DynamoDB",
        "largestStateBytes": "state, bytes",
        "largestItemBytes": "item, bytes",
        "quotaErrors": "quota errors",
        "dollars": "USD",
    }
    rows = [(name, *(f"{plan[each]:,}" for each in columns)) for name, plan in plans.items()]
    return _table(("plan", *columns.values()), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
