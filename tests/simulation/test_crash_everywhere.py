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
from tests.simulation.strikes import Kind

# Of the whole, more than 40,000 runs.
SHARE = "0.01"
# The calls of the two requests that create a plan and start it, and of the first step.
STARTING = range(1, 10)

# That of the API: what people ask of it is asked of its use cases, whose calls are a "request"'s.
UNTOLD = {"AppFunction"}
# The recovery, a wave's part of it, and the clean-up.
MACHINES = 3


def test_there_are_stories_for_every_way_through() -> None:
    """Every function that is deployed makes a call, every state of all machines is entered."""
    called, deployed = set[str](), set[str]()
    entered, defined = set[tuple[str, str]](), set[tuple[str, str]]()

    def aim(world: VirtualWorld) -> None:
        deployed.update(short_name(each) for each in world.deployment.functions)
        world.calls.before = lambda call: called.add(call.caller)

    for story in STORIES.values():
        for run in story.tell(aim).evidence.runs.values():
            for each in (run, *run.children):
                entered |= {(each.machine_arn, state) for state in each.states}
                defined |= {(each.machine_arn, state) for state in each.machine.states}

    assert deployed - called == UNTOLD
    assert defined == entered
    assert len({arn for arn, _ in defined}) == MACHINES


def test_there_is_a_story_for_every_answer_to_every_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = set[tuple[str, str]]()
    decide = Person.decide

    def noted(
        person: Person, wave: str, choice: str, attempt: int = 1, reason: str | None = None
    ) -> None:
        (kind,) = (
            each["question"]["kind"] for each in person.read()["waves"] if each["name"] == wave
        )
        told.add((kind, choice))
        decide(person, wave, choice, attempt, reason)

    monkeypatch.setattr(Person, "decide", noted)
    for story in STORIES.values():
        story.tell()

    assert told == {(kind, choice) for kind in QuestionKind for choice in kind.choices}


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
