"""A seeded share of the crashes; `make crash-everywhere` runs every one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drs_orchestrator.domain.decision import QuestionKind
from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld
from tests.simulation.branches import Case, tell_clean, tell_with_strikes
from tests.simulation.scenarios import Person
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import Story
from tests.simulation.strikes import Kind

# Of the whole, more than 40,000 runs.
SHARE = "0.006"
# The calls of the two requests that create a plan and start it, and of the first step.
STARTING = range(1, 10)

_DECIDE = Person.decide

# That of the API: what people ask of it is asked of its use cases, whose calls are a "request"'s.
UNTOLD = {"AppFunction"}
# The recovery, a wave's part of it, and the clean-up.
MACHINES = 3


class _Told:
    """What all stories together came by; `answers`: the kinds of questions, and what was said."""

    def __init__(self) -> None:
        self.called, self.deployed = set[str](), set[str]()
        self.entered, self.defined = set[tuple[str, str]](), set[tuple[str, str]]()
        self.answers = set[tuple[str, str]]()

    def tell(self, story: Story) -> None:
        """Tell one more."""
        for run in story.tell(self._aim).evidence.runs.values():
            for each in (run, *run.children):
                self.entered |= {(each.machine_arn, state) for state in each.states}
                self.defined |= {(each.machine_arn, state) for state in each.machine.states}

    def answer(
        self, person: Person, wave: str, choice: str, attempt: int = 1, reason: str | None = None
    ) -> None:
        """Note an answer, and give it."""
        questions = {each["name"]: each.get("question") for each in person.read()["waves"]}
        question = questions[wave]
        assert question is not None
        self.answers.add((question["kind"], choice))
        _DECIDE(person, wave, choice, attempt, reason)

    def _aim(self, world: VirtualWorld) -> None:
        self.deployed.update(short_name(each) for each in world.deployment.functions)
        world.calls.before = lambda call: self.called.add(call.caller)


@pytest.fixture(scope="module")
def told() -> _Told:
    told = _Told()
    with pytest.MonkeyPatch.context() as patch:
        # A bound method would be called without the person.
        patch.setattr(Person, "decide", lambda *asked: told.answer(*asked))  # noqa: PLW0108
        for story in STORIES.values():
            told.tell(story)
    return told


def test_there_are_stories_for_every_way_through(told: _Told) -> None:
    """Every function that is deployed makes a call, every state of all machines is entered."""
    assert told.deployed - told.called == UNTOLD
    assert told.defined == told.entered
    assert len({arn for arn, _ in told.defined}) == MACHINES


def test_there_is_a_story_for_every_answer_to_every_question(told: _Told) -> None:
    assert told.answers == {(kind, choice) for kind in QuestionKind for choice in kind.choices}


def test_a_crash_at_any_call_changes_nothing_but_the_time() -> None:
    _crash("--share", SHARE)


def test_a_start_that_dies_leaves_nothing_that_nobody_looks_after() -> None:
    _crash(*(f"--only=one-wave:{number}:{kind}" for number in STARTING for kind in Kind))


def test_a_crash_that_met_no_call_is_not_counted_as_survived() -> None:
    no_call = Case("one-wave", 1_000_000, Kind.BEFORE)

    (result,) = tell_with_strikes("one-wave", tell_clean("one-wave"), [no_call])

    assert result.wrong == "no call has this number"


def _crash(*arguments: str) -> None:
    """Crash in a process of its own: it parts at every strike, and here are pytest's threads."""
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-m", "tests.simulation.crash_everywhere", "--processes=1", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 wrong; " in done.stdout
