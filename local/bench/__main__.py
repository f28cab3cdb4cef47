"""`python -m local.bench`: the whole benchmark, its JSON, its page and its golden counts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from local.arguments import HelpFormatter, at_least, examples, leave, some_of
from local.bench.campaign import MODES, Campaign
from local.bench.goals import goals
from local.bench.kept import KeptRuns
from local.bench.page import page
from local.bench.plans import PLANS, Json, PlanShape, plan_named
from local.bench.stuck import (
    events_in_a_full_week,
    events_in_a_stuck_week,
    events_in_a_week_beside_a_launch,
)
from local.bench.work import work

# Those of the page in docs/reference; with fewer a run is a sample.
_SEEDS, _POLICY_SEEDS, _BARRIER_SEEDS = 100, 3, 10
# Weeks of work; more is a slip of the finger.
_MOST_SEEDS = 10_000
_ROOT = Path(__file__).parents[2]
GOLDEN = _ROOT / "tests" / "simulation" / "bench" / "golden_counts.json"


def main() -> None:
    """Run it; exit code 0 even where a goal is missed, for the page says so.

    What was cut short goes on where it stood, unless the sources have changed: every run is kept
    in build/bench-runs.jsonl as it ends.
    """
    arguments = asked()
    plans = [plan_named(name) for name in arguments.plans or ()] or PLANS
    if arguments.golden:
        with Campaign(tell=_tell) as campaign:
            _write(GOLDEN, json.dumps(campaign.golden(plans), indent=1) + "\n")
        return
    report = _report(arguments, plans)
    if not arguments.plans:
        # Of no plan, and they take minutes.
        report["stuckWeek"] = dict(_stuck_weeks())
        _tell("processor time of imports and calls of requests")
        report["work"] = work()
    report["goals"] = [{**vars(goal), "isMet": goal.is_met} for goal in goals(report)]
    _write(_ROOT / "build" / "bench.json", json.dumps(report, indent=1) + "\n")
    _write(_ROOT / place_of_page(arguments), page(report))


def _report(arguments: argparse.Namespace, plans: Sequence[PlanShape]) -> Json:
    path = _ROOT / "build" / "bench-runs.jsonl"
    with closing(KeptRuns(path)) as kept, Campaign(tell=_tell, kept=kept) as campaign:
        if kept.count:
            _tell(f"going on: {kept.count} runs kept in {path.relative_to(_ROOT)}")
        try:
            return campaign.of_plans(
                plans,
                arguments.seeds,
                arguments.policy_seeds,
                arguments.modes,
                arguments.barrier_seeds,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"stopped after {campaign.ended} runs; the same command goes on"
            ) from None


def place_of_page(arguments: argparse.Namespace) -> str:
    """Return where the page goes: that of docs/reference shows no less than all."""
    is_whole = (
        not arguments.plans
        and set(arguments.modes) == set(MODES)
        and arguments.seeds >= _SEEDS
        and arguments.policy_seeds >= _POLICY_SEEDS
        and arguments.barrier_seeds >= _BARRIER_SEEDS
    )
    return "docs/reference/benchmark.md" if is_whole else "build/benchmark.md"


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


def asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m local.bench",
        description=__doc__,
        epilog=f"The page is docs/reference/benchmark.md; of some plans, of one mode or of fewer"
        f" than {_SEEDS} seeds (of the comparisons {_POLICY_SEEDS}, with the phase barrier"
        f" {_BARRIER_SEEDS}) it is build/benchmark.md. A run that was stopped goes on with"
        " the same command: what ended is kept in build/bench-runs.jsonl until any source changes."
        " A goal that is missed is said so on the page; it is no failure of the command."
        f"\n\n{examples('local.bench', '--plans 3tier-12,all300 --seeds 5 --policy-seeds 0')}",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--seeds",
        type=at_least(1, _MOST_SEEDS),
        metavar="N",
        help=f"of each series (default: {_SEEDS})",
    )
    parser.add_argument(
        "--policy-seeds",
        type=at_least(0, _MOST_SEEDS),
        metavar="N",
        help="of the comparisons, 0 leaves them out, and a RECOVERY has the first only (default:"
        f" {_POLICY_SEEDS}, or --seeds if fewer)",
    )
    parser.add_argument(
        "--barrier-seeds",
        type=at_least(0, _MOST_SEEDS),
        metavar="N",
        help=f"with the phase barrier, 0 leaves it out (default: {_BARRIER_SEEDS}, or --seeds if"
        " fewer)",
    )
    parser.add_argument(
        "--modes",
        type=some_of(MODES),
        help=f"names, with commas and no spaces (default: {', '.join(MODES)})",
    )
    parser.add_argument(
        "--plans",
        type=some_of([plan.name for plan in PLANS]),
        help="names, with commas and no spaces; what is of no plan is then left out: weeks in which"
        " nothing moves, and processor time"
        f" (default: {', '.join(plan.name for plan in PLANS)})",
    )
    parser.add_argument("--golden", action="store_true", help="write the exact counts only")
    arguments = parser.parse_args()
    given = [name for name, value in vars(arguments).items() if name != "golden" and value]
    if arguments.golden and given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        parser.error(f"--golden writes the counts of seed 0 of all ten plans: leave {options} out")
    arguments.seeds = arguments.seeds or _SEEDS
    arguments.modes = arguments.modes or list(MODES)
    if arguments.policy_seeds is None:
        arguments.policy_seeds = min(_POLICY_SEEDS, arguments.seeds)
    if arguments.barrier_seeds is None:
        arguments.barrier_seeds = min(_BARRIER_SEEDS, arguments.seeds)
    return arguments


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _tell(str(path.relative_to(_ROOT)))


if __name__ == "__main__":
    leave(main)
