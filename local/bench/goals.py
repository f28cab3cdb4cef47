"""What the benchmark is held to: each goal with its measured figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local.bench.plans import Json

MOST_EVENTS = 1_000
MOST_EVENTS_IN_A_STUCK_WEEK = 25_000
LARGEST_STATE_BYTES = LARGEST_ITEM_BYTES = 16 * 1024
DOLLARS_PER_THOUSAND_SERVERS = 0.050
LONGEST_HAND_OFF_SECONDS = 32
# Of all plans together: the figure, in words, and its limits with events and without.
_RATIOS = (
    (("geometricMeanRatio", "geometric mean ratio"), 1.01, 1.04),
    (("worstP95Ratio", "worst p95 ratio"), 1.04, 1.06),
)


@dataclass(frozen=True)
class Goal:
    """One goal: what is measured must not exceed `limit`.

    Of a ratio to the lower bound also: in which `mode`, of which `figure` of all plans together,
    and whether every event was lost.
    """

    name: str
    limit: float
    measured: float
    mode: str = ""
    figure: str = ""
    events_lost: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it holds."""
        return self.measured <= self.limit


def goals(report: Json) -> Iterator[Goal]:
    """Yield the goals of both modes and their figures in a report of `Campaign.of_plans`."""
    for mode, each in report["modes"].items():
        said = mode.lower()
        events, lost = each["overall"], each["overallEventsLost"]
        for (figure, words), *limits in _RATIOS:
            for limit, measured, is_lost in zip(limits, (events, lost), (False, True), strict=True):
                name = f"{said}, {'events lost, ' if is_lost else ''}{words}"
                yield Goal(name, limit, measured[figure], mode, figure, is_lost)
        if events["handOffSeconds"]:
            yield Goal(f"{said}, hand-off, mean seconds", 5, events["handOffSeconds"]["mean"])
            yield from _slowest_hand_offs(said, events["handOffSeconds"])
            yield from _slowest_hand_offs(f"{said}, events lost", lost["handOffSeconds"])
        yield from count_goals(mode, each["plans"])

    for words, events in report.get("stuckWeek", {}).items():
        yield Goal(f"events, stuck for a week, {words}", MOST_EVENTS_IN_A_STUCK_WEEK, events)


def _slowest_hand_offs(said: str, seconds: Json) -> Iterator[Goal]:
    """Yield the p99 of all plans' hand-offs, and of each plan's the worst: half of all are those of
    one plan, beside which another could be slow unseen.
    """
    yield Goal(f"{said}, hand-off, p99 seconds", LONGEST_HAND_OFF_SECONDS, seconds["p99"])
    yield Goal(
        f"{said}, hand-off, worst plan's p99 seconds",
        LONGEST_HAND_OFF_SECONDS,
        seconds["worstPlanP99"],
    )


def count_goals(mode: str, plans: Json) -> Iterator[Goal]:
    """Yield the goals of what is counted in the runs of a mode, by plan as `summary.counts` does.

    One seed is enough for them, so that they hold the golden counts, too.
    """
    said = mode.lower()
    for name, limit, words in (
        ("maxEvents", MOST_EVENTS, "events in the fullest execution"),
        ("largestStateBytes", LARGEST_STATE_BYTES, "bytes of the largest state"),
        ("largestItemBytes", LARGEST_ITEM_BYTES, "bytes of the largest item"),
        ("quotaErrors", 0, "quota errors"),
        ("idleLambdaCalls", 0, "Lambda calls in an idle day"),
    ):
        yield Goal(f"{said}, {words}", limit, max(each[name] for each in plans.values()))
    thousand = plans.get("1000-12w")
    if thousand and mode == "DRILL":
        yield Goal(
            "drill of 1,000 servers, dollars", DOLLARS_PER_THOUSAND_SERVERS, thousand["dollars"]
        )
