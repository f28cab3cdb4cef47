"""What stories come by while they are told: functions, states, questions and their answers."""

from __future__ import annotations

import pytest

from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Outcome, Person
from tests.simulation.stories.story import Story

_DECIDE = Person.decide


class Told:
    """What all stories together came by; `answers`: the kinds of questions, and what was said."""

    def __init__(self) -> None:
        self.called, self.deployed = set[str](), set[str]()
        self.entered, self.defined = set[tuple[str, str]](), set[tuple[str, str]]()
        self.answers = set[tuple[str, str]]()

    def tell(self, story: Story) -> Outcome:
        """Tell one more."""
        with pytest.MonkeyPatch.context() as patch:
            # A bound method would be called without the person.
            patch.setattr(Person, "decide", lambda *asked: self._answer(*asked))  # noqa: PLW0108
            outcome = story.tell(self._aim)
        for run in outcome.evidence.runs.values():
            for each in (run, *run.children):
                self.entered |= {(each.machine_arn, state) for state in each.states}
                self.defined |= {(each.machine_arn, state) for state in each.machine.states}
        return outcome

    def _answer(
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
