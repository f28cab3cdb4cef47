"""From the figures of single runs to what is printed: means, percentiles, ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, geometric_mean

from local.bench.figures import Figures
from local.bench.plans import Json


def percentile(values: Sequence[float], per_cent: float) -> float:
    """Return the smallest value that so many per cent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(per_cent / 100 * len(ordered)) - 1)]


def spread(values: Sequence[float], digits: int) -> Json:
    """Return mean and 95th percentile, rounded."""
    return {"mean": round(fmean(values), digits), "p95": round(percentile(values, 95), digits)}


def times(runs: Sequence[Figures]) -> Json:
    """Return makespan and ratio of the runs of one plan, one seed each.

    A ratio is taken run by run, so a seed with slow servers weighs no more than another.
    """
    return {
        "makespanSeconds": spread([run.makespan_seconds for run in runs], 1),
        "ratio": spread([run.ratio for run in runs], 4),
    }


def oracles(runs: Sequence[Figures]) -> Json:
    """Return what schedules that need no time come to on the runs of one plan, over the bound, and
    how much longer the product took, seed by seed.
    """

    def ratios(numerator: str, denominator: str) -> Json:
        return spread([getattr(run, numerator) / getattr(run, denominator) for run in runs], 4)

    return {
        "oracleRatio": ratios("oracle_seconds", "lower_bound_seconds"),
        "blindOracleRatio": ratios("blind_oracle_seconds", "lower_bound_seconds"),
        "bestCutOracleRatio": ratios("best_cut_oracle_seconds", "lower_bound_seconds"),
        "overOracle": ratios("makespan_seconds", "oracle_seconds"),
        "overBlindOracle": ratios("makespan_seconds", "blind_oracle_seconds"),
    }


def counts(run: Figures) -> Json:
    """Return what is counted exactly in one run: the same on every machine."""
    return {
        "transitions": run.transitions,
        "maxEvents": run.most_events,
        "lambdaCalls": run.invocations,
        "drsCalls": run.calls.get("drs", 0),
        "dynamodbCalls": run.calls.get("dynamodb", 0),
        "stepFunctionsCalls": run.calls.get("states", 0),
        "largestStateBytes": run.largest_state_bytes,
        "largestItemBytes": run.largest_item_bytes,
        "quotaErrors": run.quota_errors,
        "idleLambdaCalls": run.idle_invocations,
        "dollars": round(run.dollars, 4),
    }


def plan_report(runs: Sequence[Figures], policies: Mapping[str, Sequence[Figures]]) -> Json:
    """Return the report of one plan: times over all seeds, the worst counts of any seed."""
    counted = [counts(run) for run in runs]
    return {
        "lowerBoundSeconds": round(fmean(run.lower_bound_seconds for run in runs), 1),
        **times(runs),
        **oracles(runs),
        "policies": {name: times(each) for name, each in policies.items()},
        **{name: max(each[name] for each in counted) for name in counted[0]},
        "dollars": round(fmean(run.dollars for run in runs), 4),
    }


def overall(plans: Sequence[Sequence[Figures]]) -> Json:
    """Return the geometric mean of the plans' mean ratios, and the worst p95 of any plan; of the
    oracle too.
    """
    return {
        **_of_all([[run.ratio for run in runs] for runs in plans]),
        "oracle": _of_all(
            [[run.oracle_seconds / run.lower_bound_seconds for run in runs] for runs in plans]
        ),
        "handOffSeconds": _hand_offs(
            [[each for run in runs for each in run.hand_offs_seconds] for runs in plans]
        ),
    }


def _hand_offs(of_plans: Sequence[Sequence[float]]) -> Json | None:
    """Return mean and p99 of all hand-offs together, and the largest p99 that a plan has; None of
    plans in which no wave waits for another.
    """
    waited = [each for each in of_plans if each]
    if not waited:
        return None
    together = [each for of_plan in waited for each in of_plan]
    return {
        "mean": round(fmean(together), 2),
        "p99": round(percentile(together, 99), 2),
        "worstPlanP99": round(max(percentile(each, 99) for each in waited), 2),
    }


def _of_all(ratios: Sequence[Sequence[float]]) -> Json:
    return {
        "geometricMeanRatio": round(geometric_mean([fmean(each) for each in ratios]), 4),
        "worstP95Ratio": round(max(percentile(each, 95) for each in ratios), 4),
    }
