"""What the page says of other ways to carry out the same plans: a section for each mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from local.bench.plans import Json

_SECTION = """\
## Other policies on the same plans, {mode}, mean ratio

Run by the same workflow with the same events, admission and seeds, so that the order alone differs:
tools of these kinds are slower than this. {seeds}
"""
_SEEDS = {
    "DRILL": "One job per server has the first seed only where a plan\nhas more than 300 servers.",
    "RECOVERY": "All have the first seed only.",
}


def heading(mode: str) -> str:
    """Return the beginning of a mode's section."""
    return _SECTION.format(mode=mode, seeds=_SEEDS[mode])


def heads(of_plans: Json) -> Sequence[str]:
    """Return the heads of its table: the policies, as reports call them."""
    return "plan", *next(iter(of_plans.values()))


def rows(of_plans: Json) -> Iterator[Sequence[str]]:
    """Yield the rows of its table, columns as `heads`."""
    for plan, policies in of_plans.items():
        yield plan, *(f"{each['ratio']['mean']:.3f}" for each in policies.values())
