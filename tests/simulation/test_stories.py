"""Every story without a crash: the ruler that the crashes are measured with."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest

from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld
from tests.simulation.stories import STORIES
from tests.simulation.story import ending


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_says(name: str) -> None:
    assert STORIES[name].tell().execution["status"] == STORIES[name].ends


@pytest.mark.parametrize("name", STORIES)
def test_a_story_takes_no_thread(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads take turns as the machine likes, and one seed would be many histories."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)

    STORIES[name].tell()

    assert not started


@pytest.mark.parametrize("name", STORIES)
def test_no_story_depends_on_clocks_that_agree(name: str) -> None:
    """AWS keeps its hosts within a millisecond; two seconds are longer than any single call."""
    chance = random.Random(name)
    story = STORIES[name]

    def set_clocks(world: VirtualWorld) -> None:
        for function in world.deployment.functions:
            world.clocks.ahead[short_name(function)] = timedelta(seconds=chance.uniform(-2, 2))

    assert ending(story.tell(set_clocks)) == ending(story.tell())
