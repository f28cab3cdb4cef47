"""Whoever never gets what they wait for is told of, and so is a story that ends otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_orchestrator.domain import drill_instance
from tests.simulation.scenarios import LeftWaiting, Person, run
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import ending
from tests.workflow.laptop import fleet, plan, servers, wave

_ONE = plan("one", wave("db", servers(0, 1)))


def test_whoever_waits_in_vain_is_named() -> None:
    def wait_for_a_question(person: Person) -> None:
        person.until_asked("db")

    def look_once(person: Person) -> None:
        person.read()

    with pytest.raises(LeftWaiting) as told:
        run(
            _ONE,
            fleet(1),
            people=[look_once, wait_for_a_question],
            patience=timedelta(hours=1),
            seed=3,
        )

    words = str(told.value)
    assert words.startswith("seed 3, after 36")
    assert "person 1 (wait_for_a_question) is left waiting" in words
    assert "its waves: db COMPLETED; its clean-up: none" in words
    assert "person 0" not in words


def test_a_clean_up_that_ends_what_it_must_not_leaves_somebody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blind(self: drill_instance.Checks) -> bool:
        return self.recorded and self.tagged

    monkeypatch.setattr(drill_instance.Checks, "may_terminate", property(blind))

    with pytest.raises(LeftWaiting, match=r"\(tidied_in_vain\) .* clean-up: COMPLETED"):
        replace(STORIES["tidied-in-vain"], patience=timedelta(hours=6)).tell()


@pytest.mark.parametrize("wrong", [{"status": "FAILED"}, {"cleanUp": None}])
def test_a_story_that_ends_otherwise_than_it_says_is_a_complaint(wrong: dict[str, object]) -> None:
    story = STORIES["tidied"]
    came = ending(story.tell())

    assert story.objection(came) is None
    assert story.objection({**came, **wrong}) is not None
