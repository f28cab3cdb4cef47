"""What only looks as if it broke an invariant does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from local.drs import Quotas
from tests.simulation.broken.altered import (
    Change,
    later,
    sound_drill,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.broken.subtler import (
    REFUSED,
    cleaning_up,
    ended_by_clean_up,
    failed_by_faults,
    only_terminating,
    promised,
    refused,
    replaced,
    struck,
    unnoticed,
    unsaid,
    waiting,
    with_history,
)
from tests.simulation.invariants import (
    Check,
    calls,
    drills,
    verdicts,
    violations,
    workflows,
)

FINE_ALONE: tuple[tuple[Check, Change], ...] = (
    (
        verdicts.ended_waves_judge_their_servers,
        lambda e: with_records(
            unsaid(later(e)),
            lambda r: [each.update(status="CONFIRMED") for each in r.intents.values()],
        ),
    ),
    (verdicts.launched_servers_have_a_verdict, unsaid),
    (
        verdicts.failures_are_true,
        lambda e: with_instances(
            with_records(e, lambda r: [s.update(verdict="FAILED") for s in r.servers.values()]),
            lambda instance: replace(instance, shut_down_at=e.now),
        ),
    ),
    (verdicts.waves_that_did_not_come_up_have_a_reason, failed_by_faults),
    (workflows.clean_ups_follow_their_workflow, lambda e: cleaning_up(e, 2)),
    (workflows.promised_clean_ups_begin, lambda e: cleaning_up(promised(e), 2)),
    (calls.calls_go_where_things_are, only_terminating),
    (drills.clean_up_keeps_to_its_drill, lambda e: ended_by_clean_up(e, 1)),
    (drills.drills_are_harmless, lambda e: replaced(e, "two")),
)
FINE: dict[str, Change] = {
    "stopped by hand, 119 seconds ago": lambda e: unnoticed(e, 119),
    "stopped by hand, 299 seconds ago, and no event arrives": lambda e: replace(
        unnoticed(e, 299), events_arrive=False
    ),
    "given up after half an hour of refusals": lambda e: with_history(
        e, *[("TaskFailed", REFUSED)] * 31, ("TaskStateEntered", "Record failure")
    ),
    "no room, for a stranger has just taken it": lambda e: with_jobs(
        refused(e),
        lambda jobs: [*jobs, replace(jobs[0], job_id="drsjob-of-others", tags={})],
    ),
    "granted a moment ago": lambda e: replace(
        waiting(e, "GRANTED"),
        since={n: {("app", 1, 0): e.now + timedelta(hours=23, minutes=59)} for n in e.runs},
    ),
    "granted, and DRS has just been away": lambda e: struck(waiting(e, "GRANTED")),
    "granted, and just resumed": lambda e: replace(
        waiting(e, "GRANTED"),
        last_paused=dict.fromkeys(e.runs, e.now + timedelta(hours=23, minutes=59)),
    ),
    "granted, and cancelled": lambda e: with_records(
        waiting(e, "GRANTED"), lambda r: r.header.update(cancelledBy="somebody")
    ),
    "queued, and there is no room": lambda e: replace(waiting(e, "QUEUED"), quotas=Quotas(jobs=0)),
    "queued, and not to be tried yet": lambda e: with_records(
        waiting(e, "QUEUED"),
        lambda r: r.intents["app", 1, 0].update(
            notBefore=(e.now + timedelta(hours=25)).isoformat()
        ),
    ),
}


@pytest.mark.parametrize(("check", "change"), FINE_ALONE)
def test_what_a_check_allows_does_not_break_it(check: Check, change: Change) -> None:
    assert list(check(change(sound_drill()))) == []


@pytest.mark.parametrize("what", FINE)
def test_what_is_as_it_should_be_breaks_none(what: str) -> None:
    found = list(violations(FINE[what](sound_drill()), None))

    assert [each for each in found if each.startswith(("I6:", "I9:", "I14:"))] == []
