"""A step that fails while the approval of its wave is asked for."""

from __future__ import annotations

from tests.simulation.scenarios import Person, run
from tests.simulation.stories.answers import a_bug_once
from tests.workflow.laptop import fleet, plan, servers, wave


def test_it_is_asked_about_instead_and_then_the_approval_again() -> None:
    asked: list[str] = []

    def answer(person: Person) -> None:
        for attempt, choice in [(1, "RETRY"), (2, "APPROVE")]:
            asked.append(person.until_asked("db", attempt)["kind"])
            person.decide("db", choice, attempt)

    group, db = wave("db", servers(0, 2), on_failure="ASK")
    outcome = run(
        plan("one", (group, {**db, "approval": {"role": "Owner"}})),
        fleet(2),
        people=[answer],
        # It rests for an hour, and looks again.
        invoker=a_bug_once("WaitForClearanceFunction", after=1),
    )

    assert asked == ["FAULT", "APPROVAL"]
    assert outcome.execution["status"] == "COMPLETED"
