"""A job that seems stuck, is given more time, and seems stuck again."""

from __future__ import annotations

from local.drs import Faults
from tests.simulation.scenarios import Person, run
from tests.simulation.stories.answers import STUCK
from tests.workflow.laptop import fleet, plan, servers, wave


def test_each_question_tells_how_long_the_job_has_run() -> None:
    told: list[str] = []

    def answer(person: Person) -> None:
        for attempt in (1, 2):
            told.append(person.until_asked("db", attempt)["message"])
            person.decide("db", "WAIT", attempt)

    group, db = wave("db", servers(0, 1))
    outcome = run(
        plan("one", (group, {**db, "deadlineMinutes": 15})),
        fleet(1),
        people=[answer],
        faults=Faults(servers=[STUCK]),
    )

    begun, _, job = told[0].rpartition(" ")
    assert begun == "not known to have ended after 15 minutes:"
    assert told[1] == f"not known to have ended after 30 minutes: {job}"
    assert outcome.execution["status"] == "COMPLETED"
