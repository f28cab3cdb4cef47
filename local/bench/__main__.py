"""`python -m local.bench`: the whole benchmark, its JSON, its page and its golden counts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from local.arguments import at_least, leave, some_of
from local.bench.campaign import MODES, Campaign
from local.bench.goals import goals
from local.bench.kept import KeptRuns
from local.bench.page import page
from local.bench.plans import PLANS, plan_named
from local.bench.stuck import (
    events_in_a_full_week,
    events_in_a_stuck_week,
    events_in_a_week_beside_a_launch,
)
from local.bench.work import work

_ROOT = Path(__file__).parents[2]
GOLDEN = _ROOT / "tests" / "simulation" / "bench" / "golden_counts.json"


def main() -> None:
    """Run it; exit code 0 even where a goal is missed, for the page says so.

    What was cut short goes on where it stood, unless the sources have changed: every run is kept
    in build/bench-runs.jsonl as it ends.
    """
    arguments = _arguments()
    plans = [plan_named(name) for name in arguments.plans or ()] or PLANS
    if arguments.golden:
        with Campaign(tell=_tell) as campaign:
            _write(GOLDEN, json.dumps(campaign.golden(plans), indent=1) + "\n")
        return
    with Campaign(tell=_tell, kept=KeptRuns(_ROOT / "build" / "bench-runs.jsonl")) as campaign:
        report = campaign.of_plans(plans, arguments.seeds, arguments.policy_seeds, arguments.modes)
    report["stuckWeek"] = dict(_stuck_weeks())
    _tell("processor time of imports and calls of requests")
    report["work"] = work()
    report["goals"] = [{**vars(goal), "isMet": goal.is_met} for goal in goals(report)]
    _write(_ROOT / "build" / "bench.json", json.dumps(report, indent=1) + "\n")
    is_whole = not arguments.plans and set(arguments.modes) == set(MODES)
    place = "docs/reference/benchmark.md" if is_whole else "build/benchmark.md"
    _write(_ROOT / place, page(report))


def _stuck_weeks() -> Iterator[tuple[str, int]]:
    """Yield what keeps a wave for a week, and how many events its history has then."""
    weeks: dict[str, Callable[[], int]] = {
        "nobody answers": partial(events_in_a_stuck_week, asks=True),
        "longest deadline": partial(events_in_a_stuck_week, asks=False),
        "DRS admits no job": events_in_a_full_week,
        "beside a throttled launch": partial(events_in_a_week_beside_a_launch, refused=False),
        "beside a refused launch": partial(events_in_a_week_beside_a_launch, refused=True),
    }
    for words, events in weeks.items():
        _tell(f"stuck for a week: {words}")
        yield words, events()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.bench",
        description=__doc__,
        epilog="Of some plans or one mode the page is build/benchmark.md; of all of them"
        " docs/reference/benchmark.md.",
    )
    parser.add_argument(
        "--seeds", type=at_least(1), default=100, metavar="N", help="of each series; 100 without it"
    )
    parser.add_argument(
        "--policy-seeds",
        type=at_least(0),
        default=3,
        metavar="N",
        help="of the comparisons; 3 without it, 0 leaves them out",
    )
    parser.add_argument(
        "--modes",
        type=some_of(MODES),
        default=list(MODES),
        help=f"names, with commas; without it {', '.join(MODES)}",
    )
    parser.add_argument(
        "--plans",
        type=some_of([plan.name for plan in PLANS]),
        help=f"names, with commas; without it {', '.join(plan.name for plan in PLANS)}",
    )
    parser.add_argument("--golden", action="store_true", help="write the exact counts only")
    arguments = parser.parse_args()
    if arguments.golden and (arguments.plans or set(arguments.modes) != set(MODES)):
        parser.error("--golden writes the counts of all ten plans: leave --plans, --modes out")
    return arguments


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _tell(str(path.relative_to(_ROOT)))


if __name__ == "__main__":
    leave(main)
