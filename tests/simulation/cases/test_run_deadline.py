"""A run that nobody finishes closes by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from drs_orchestrator.domain.execution import RUN_DEADLINE
from tests.simulation.scenarios import Outcome, Person, run
from tests.workflow.laptop import fleet, plan, servers, wave


def _nobody_answers(_: Person) -> None:
    """The approval is asked for, and that is all."""


def _pauses_and_forgets(person: Person) -> None:
    person.until(lambda execution: bool(execution["waves"]))
    person.pause()


@pytest.mark.parametrize("behaviour", [_nobody_answers, _pauses_and_forgets])
def test_after_seven_days_nothing_new_starts_and_the_run_timed_out(
    behaviour: Callable[[Person], None],
) -> None:
    group, app = wave("app", servers(3, 2), "db")
    approval = {"role": "Approver", "message": "Sure?"}
    document = plan("two", wave("db", servers(0, 3)), (group, {**app, "approval": approval}))
    outcome: Outcome = run(document, fleet(5), people=[behaviour])

    assert outcome.execution["status"] == "TIMED_OUT"
    assert outcome.execution["reason"] == "not done within 7 days"
    assert outcome.run.status == "FAILED"
    assert outcome.waves()["app"] == "CANCELLED"
    assert {each for job in outcome.truth.jobs for each in job.server_ids} <= set(servers(0, 3))
    lasted = timedelta(seconds=outcome.simulated_seconds)
    assert RUN_DEADLINE <= lasted <= RUN_DEADLINE + timedelta(minutes=10)
    assert outcome.counts.most_events < 25_000
