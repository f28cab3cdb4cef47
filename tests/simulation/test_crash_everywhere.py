"""A seeded share of the crashes; `make crash-everywhere` runs every one."""

from __future__ import annotations

import pytest

from tests.simulation.crash_everywhere import Case, cases, run_case
from tests.simulation.stories import STORIES
from tests.simulation.strikes import Kind

# The whole is about 30,000 runs; this seeded share is about 150 of them.
SHARE = 0.005


# The calls of the two requests that create a plan and start it, and of the first step.
STARTING = range(1, 10)


def test_there_are_stories_for_every_way_through() -> None:
    assert len(STORIES) >= 12


@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_any_call_changes_nothing_but_the_time(story: str) -> None:
    results = [run_case(case) for case in cases([story], SHARE)]

    assert results
    assert [f"{each.case} ({each.hit}): {each.wrong}" for each in results if each.wrong] == []


def test_a_crash_that_met_no_call_is_not_counted_as_survived() -> None:
    result = run_case(Case("one-wave", 1_000_000, Kind.BEFORE))

    assert "there was no call" in (result.wrong or "")


@pytest.mark.parametrize("kind", Kind)
def test_a_start_that_dies_leaves_nothing_that_nobody_looks_after(kind: Kind) -> None:
    results = [run_case(Case("one-wave", number, kind)) for number in STARTING]

    assert [f"{each.case} ({each.hit}): {each.wrong}" for each in results if each.wrong] == []
