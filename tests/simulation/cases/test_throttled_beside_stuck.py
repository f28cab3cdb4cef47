"""A wave with a job that is stuck, whose other launch DRS throttles or refuses: it asks all the
same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from local.drs import Faults, Quotas, ServerFault, ServerFaultKind
from local.drs.faults import RateLimit
from tests.simulation.scenarios import Outcome, Person, run
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

WEEK = timedelta(days=7) - timedelta(minutes=1)
DEADLINE = timedelta(minutes=30)
# The invariants hold a wave to five minutes after its deadline.
ASKED_BY = DEADLINE + timedelta(minutes=5)
THROTTLED_SECONDS = 3 * 3600


def tell(
    *people: Callable[[Person], object],
    patience: timedelta,
    stuck_seconds: float | None = None,
    deadline_minutes: int = DEADLINE // timedelta(minutes=1),
    watch_every: int = 1,
) -> Outcome:
    """Run two chunks of a server each: one hangs for `stuck_seconds`, DRS starts no other."""
    group, only = wave("only", servers(0, 2), on_failure="ASK")
    hangs = ServerFault(server_id(0), ServerFaultKind.STUCK, seconds=stuck_seconds)
    faults = Faults(
        quotas=Quotas(servers_per_job=1),
        servers=[hangs],
        rate_limits=[RateLimit(1e-9, 1, "StartRecovery")],
    )
    document = plan("beside", (group, {**only, "deadlineMinutes": deadline_minutes}))
    return run(
        document,
        fleet(2),
        faults=faults,
        people=people,
        patience=patience,
        watch_every=watch_every,
    )


def relent(person: Person) -> None:
    """Let DRS throttle no more after some hours."""
    person.rest(THROTTLED_SECONDS)
    person.world.simulator.faults.rate_limits.clear()


def refuse(person: Person) -> None:
    """Let DRS refuse the other launch for its quota from now on, once the first job runs."""
    simulator = person.world.simulator
    while not any(simulator.truth(*scope).jobs for scope in simulator.scopes):
        person.rest(5)
    faults = simulator.faults
    faults.quotas = Quotas(servers_per_job=1, jobs=1)
    faults.rate_limits.clear()


def pause_until_the_stuck_one_has_ended(person: Person) -> None:
    person.until_asked("only")
    person.pause()
    person.rest(2 * 3600)
    person.world.simulator.faults.rate_limits.clear()
    person.resume()


def answer(choice: str) -> Callable[[Person], None]:
    """Answer ten minutes after the question."""

    def act(person: Person) -> None:
        question = person.until_asked("only")
        person.rest(600)
        person.decide("only", choice, question["attempt"], "as agreed")

    return act


def test_it_asks_at_the_deadline() -> None:
    outcome = tell(patience=timedelta(hours=2))

    question = outcome.execution["waves"][0]["question"]
    since = datetime.fromisoformat(outcome.execution["startTime"])
    assert question["kind"] == "STUCK"
    assert datetime.fromisoformat(question["askedTime"]) < since + ASKED_BY


def test_the_throttled_chunk_starts_once_drs_lets_it_and_is_judged() -> None:
    outcome = tell(relent, patience=timedelta(hours=6))

    first, second = outcome.truth.jobs
    assert second.ended_at is not None
    waited = (second.created_at - first.created_at).total_seconds()
    assert THROTTLED_SECONDS <= waited <= THROTTLED_SECONDS + 360
    assert outcome.waves() == {"only": "AWAITING_DECISION"}
    assert outcome.execution["waves"][0]["serversLaunched"] == 1


def test_it_ends_by_itself_when_both_come_up_after_all() -> None:
    outcome = tell(relent, stuck_seconds=5 * 3600.0, patience=timedelta(hours=12))

    assert outcome.waves() == {"only": "COMPLETED"}
    assert outcome.execution["status"] == "COMPLETED"


@pytest.mark.parametrize(("choice", "verdict"), [("SKIP", "SKIPPED"), ("ABORT", "FAILED")])
def test_an_answer_ends_it_while_it_is_throttled(choice: str, verdict: str) -> None:
    outcome = tell(answer(choice), patience=timedelta(hours=2))

    assert outcome.waves() == {"only": verdict}
    assert not outcome.is_waiting
    assert len(outcome.truth.jobs) == 1
    assert outcome.simulated_seconds < 2 * 3600


def test_a_wait_lets_it_ask_again_after_the_next_deadline() -> None:
    outcome = tell(answer("WAIT"), patience=timedelta(hours=2))

    question = outcome.execution["waves"][0]["question"]
    assert question["attempt"] == 2


def test_an_answer_counts_when_its_job_has_ended_and_drs_throttles_on() -> None:
    """Nothing runs then; the launch that was tried in vain keeps the question."""

    def skip(person: Person) -> None:
        question = person.until_asked("only")
        person.rest(3 * 3600)
        person.decide("only", "SKIP", question["attempt"], "as agreed")

    outcome = tell(skip, stuck_seconds=2 * 3600.0, patience=timedelta(hours=8))

    assert outcome.waves() == {"only": "SKIPPED"}
    assert not outcome.is_waiting


def test_what_a_pause_took_out_of_the_queue_starts_when_the_stuck_job_has_ended_meanwhile() -> None:
    outcome = tell(
        pause_until_the_stuck_one_has_ended, stuck_seconds=3600.0, patience=timedelta(hours=12)
    )

    assert outcome.waves() == {"only": "COMPLETED"}
    assert outcome.execution["status"] == "COMPLETED"


@pytest.mark.parametrize("hindrance", ["pause", "quota"])
def test_a_question_whose_jobs_have_ended_is_withdrawn_when_the_other_launch_waits_for_its_turn(
    hindrance: str,
) -> None:
    """The launch that was tried in vain keeps the question, until it is not tried any more."""

    def hinder(person: Person) -> None:
        person.until_asked("only")
        person.rest(3 * 3600)
        faults = person.world.simulator.faults
        if hindrance == "pause":
            person.pause()
        faults.quotas = Quotas(servers_per_job=1, jobs=0 if hindrance == "quota" else 20)
        faults.rate_limits.clear()
        asked_no_more = person.until(lambda execution: "question" not in execution["waves"][0])
        assert asked_no_more["status"] != "AWAITING_DECISION"
        person.rest(3600)
        faults.quotas = Quotas(servers_per_job=1)
        if hindrance == "pause":
            person.resume()

    outcome = tell(hinder, stuck_seconds=2 * 3600.0, patience=timedelta(hours=12))

    assert outcome.waves() == {"only": "COMPLETED"}


@pytest.mark.parametrize("people", [(), (refuse,)], ids=["throttled", "refused"])
def test_after_a_day_it_is_tried_as_seldom_as_is_allowed_and_no_more_seldom(
    people: tuple[Callable[[Person], object], ...],
) -> None:
    outcome = tell(*people, patience=timedelta(hours=28))

    assert outcome.is_waiting


@pytest.mark.parametrize(
    ("people", "deadline_minutes"),
    [((), 30), ((), 10_080), ((refuse,), 1_440)],
    ids=["throttled", "throttled, nobody asked", "refused"],
)
def test_a_week_of_it_fits_into_the_history_of_its_wave(
    people: tuple[Callable[[Person], object], ...], deadline_minutes: int
) -> None:
    outcome = tell(*people, patience=WEEK, watch_every=0, deadline_minutes=deadline_minutes)

    assert outcome.is_waiting
    assert len(outcome.truth.jobs) == 1
    assert outcome.counts.most_events < 25_000
