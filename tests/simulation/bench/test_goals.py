"""The benchmark's goals: what is held to them, and what is said of those that are missed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.bench.campaign import MODES
from local.bench.explained import explanation
from local.bench.figures import Figures
from local.bench.goals import count_goals, goals
from local.bench.summary import counts, overall

GOLDEN = Path(__file__).parent / "golden_counts.json"
FIGURES = Figures(
    lower_bound_seconds=100.0,
    oracle_seconds=100.0,
    blind_oracle_seconds=100.0,
    best_cut_oracle_seconds=100.0,
    makespan_seconds=100.0,
    hand_offs_seconds=(),
    transitions=1,
    most_events=1,
    invocations=1,
    calls={},
    largest_state_bytes=1,
    largest_item_bytes=1,
    quota_errors=0,
    idle_invocations=0,
    dollars=0.0,
)


@pytest.mark.parametrize("mode", MODES)
def test_golden_counts_meet_the_goals(mode: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[mode]

    assert [goal for goal in count_goals(mode, golden) if not goal.is_met] == []


@pytest.mark.parametrize(
    ("mode", "plan", "field", "value", "goal"),
    [
        ("RECOVERY", "mix-1020", "maxEvents", 1_200, "recovery, events in the fullest execution"),
        ("DRILL", "1000-12w", "dollars", 0.06, "drill of 1,000 servers, dollars"),
        ("DRILL", "chain-40", "idleLambdaCalls", 1, "drill, Lambda calls in an idle day"),
        ("RECOVERY", "all300", "quotaErrors", 1, "recovery, quota errors"),
    ],
)
def test_one_plan_whose_counts_grow_too_large_misses_a_goal(
    mode: str, plan: str, field: str, value: float, goal: str
) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[mode]
    golden[plan][field] = value

    assert [each.name for each in count_goals(mode, golden) if not each.is_met] == [goal]


def test_the_worst_plans_hand_off_is_a_goal_beside_that_of_all_together() -> None:
    quick, slow = (replace(FIGURES, hand_offs_seconds=each) for each in ((2.0,) * 500, (40.0,)))
    alone = replace(FIGURES, hand_offs_seconds=())

    total = overall([[quick], [slow], [alone]])

    assert total["handOffSeconds"] == {"mean": 2.08, "p99": 2.0, "worstPlanP99": 40.0}
    mode = {"plans": {"any": counts(quick)}, "overall": total, "overallEventsLost": total}
    missed = [goal.name for goal in goals({"modes": {"DRILL": mode}}) if not goal.is_met]
    assert missed == [
        "drill, hand-off, worst plan's p99 seconds",
        "drill, events lost, hand-off, worst plan's p99 seconds",
    ]
    assert overall([[alone]])["handOffSeconds"] is None


def test_a_missed_goal_is_explained_by_the_figures_or_not_at_all() -> None:
    def report(p95: float, p95_lost: float, blind: float, errors: int) -> dict[str, Any]:
        plan = {
            **dict.fromkeys(("maxEvents", "largestStateBytes", "largestItemBytes"), 0),
            **dict.fromkeys(("idleLambdaCalls", "dollars"), 0),
            "quotaErrors": errors,
            "ratio": {"mean": 1.04, "p95": p95},
            "blindOracleRatio": {"mean": 1.03, "p95": blind},
        }
        calm = {**plan, "ratio": {"mean": 1.01, "p95": 1.0}}
        seconds = {"mean": 1, "p99": 1, "worstPlanP99": 1}
        total = {"geometricMeanRatio": 1.0, "worstP95Ratio": p95, "handOffSeconds": seconds}
        mode = {
            "plans": {"wide": plan, "calm": calm},
            "eventsLost": {
                "wide": {**plan, "ratio": {"mean": 1.05, "p95": p95_lost}},
                "calm": {**plan, "ratio": {"mean": 1.0, "p95": 1.0}},
            },
            "overall": total,
            "overallEventsLost": {**total, "worstP95Ratio": p95_lost},
        }
        return {"modes": {"DRILL": mode}}

    assert explanation(report(1.03, 1.05, 1.02, 0)) == ""
    told = explanation(report(1.08, 1.05, 1.07, 0))
    assert "- **drill, worst p95 ratio**: wide has 1.0800;" in told
    assert "the blind schedule has 1.0700 and misses the goal, too." in told
    assert "calm" not in told
    assert "events lost" not in told
    assert "has 1.0200 and meets the goal." in explanation(report(1.08, 1.05, 1.02, 0))
    assert "has 1.0402 and misses" in explanation(report(1.08, 1.05, 1.0402, 0))
    lost = explanation(report(1.03, 1.09, 1.02, 3))
    assert "- **drill, events lost, worst p95 ratio**: wide has 1.0900;" in lost
    assert "- **drill, quota errors**: not explained." in lost
    worse = report(1.03, 1.05, 1.02, 0)
    worse["modes"]["DRILL"]["overall"]["geometricMeanRatio"] = 1.02
    share = math.log(1.04) / (math.log(1.04) + math.log(1.01))
    assert f"geometric mean ratio**: {share:.0%} of what" in explanation(worse)
