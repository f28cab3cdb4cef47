"""What the benchmark is held to: each goal with its measured figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local.bench.plans import Json

MOST_EVENTS = 1_000
MOST_EVENTS_IN_A_STUCK_WEEK = 25_000
LARGEST_STATE_BYTES = LARGEST_ITEM_BYTES = 16 * 1024
DOLLARS_PER_THOUSAND_SERVERS = 0.050
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
            yield Goal(f"{said}, hand-off, p99 seconds", 32, events["handOffSeconds"]["p99"])
            lost_p99 = lost["handOffSeconds"]["p99"]
            yield Goal(f"{said}, events lost, hand-off, p99 seconds", 32, lost_p99)
        yield from _counts(said, each["plans"])

    for words, events in report.get("stuckWeek", {}).items():
        yield Goal(f"events, stuck for a week, {words}", MOST_EVENTS_IN_A_STUCK_WEEK, events)


def _counts(mode: str, plans: Json) -> Iterator[Goal]:
    for name, limit, words in (
        ("maxEvents", MOST_EVENTS, "events in the fullest execution"),
        ("largestStateBytes", LARGEST_STATE_BYTES, "bytes of the largest state"),
        ("largestItemBytes", LARGEST_ITEM_BYTES, "bytes of the largest item"),
        ("quotaErrors", 0, "quota errors"),
        ("idleLambdaCalls", 0, "Lambda calls in an idle day"),
    ):
        yield Goal(f"{mode}, {words}", limit, max(each[name] for each in plans.values()))
    thousand = plans.get("1000-12w")
    if thousand and mode == "drill":
        yield Goal(
            "drill of 1,000 servers, dollars", DOLLARS_PER_THOUSAND_SERVERS, thousand["dollars"]
        )
