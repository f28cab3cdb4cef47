"""Every story without a crash: the ruler that the crashes are measured with."""

from __future__ import annotations

import pytest

from tests.simulation.stories import STORIES


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_says(name: str) -> None:
    assert STORIES[name].tell().execution["status"] == STORIES[name].ends
