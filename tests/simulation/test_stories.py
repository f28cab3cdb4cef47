"""Every story without a crash: the ruler that the crashes are measured with."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from functools import cache

import pytest

from drs_orchestrator.domain.decision import QuestionKind
from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import Json, ending
from tests.simulation.told import Told

# That of the API: what people ask of it is asked of its use cases, whose calls are a "request"'s.
UNTOLD = {"AppFunction"}
# The recovery, a wave's part of it, and the clean-up.
MACHINES = 3

_TOLD = Told()


@cache
def _plainly(name: str) -> Json:
    """Tell a story without anything else; return what it came to, and the threads it started."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", counted)
        return {**ending(_TOLD.tell(STORIES[name])), "threads": len(started)}


@pytest.fixture(scope="module")
def told() -> Told:
    """What all stories came by."""
    for name in STORIES:
        _plainly(name)
    return _TOLD


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_says(name: str) -> None:
    assert STORIES[name].objection(_plainly(name)) is None


@pytest.mark.parametrize("name", STORIES)
def test_a_story_takes_no_thread(name: str) -> None:
    """Threads take turns as the machine likes, and one seed would be many histories."""
    assert _plainly(name)["threads"] == 0


@pytest.mark.parametrize("name", STORIES)
def test_no_story_depends_on_clocks_that_agree(name: str) -> None:
    """Two seconds are longer than any single call; hosts of AWS are kept far closer."""
    chance = random.Random(name)

    def set_clocks(world: VirtualWorld) -> None:
        for function in world.deployment.functions:
            world.clocks.ahead[short_name(function)] = timedelta(seconds=chance.uniform(-2, 2))

    told = ending(STORIES[name].tell(set_clocks))

    assert {**told, "threads": 0} == _plainly(name)


def test_there_are_stories_for_every_way_through(told: Told) -> None:
    """Every function that is deployed makes a call, every state of all machines is entered."""
    assert told.deployed - told.called == UNTOLD
    assert told.defined == told.entered
    assert len({arn for arn, _ in told.defined}) == MACHINES


def test_there_is_a_story_for_every_answer_to_every_question(told: Told) -> None:
    assert told.answers == {(kind, choice) for kind in QuestionKind for choice in kind.choices}
