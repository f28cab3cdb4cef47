"""Subtler things break the invariants, too."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.simulation.broken.altered import (
    Change,
    later,
    locked,
    running,
    sound_drill,
    tagged,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.broken.subtler import (
    REFUSED,
    began_early,
    beside_another,
    cleaning_up,
    elsewhere,
    ended_by_clean_up,
    failed_by_faults,
    only_terminating,
    promised,
    refused,
    replaced,
    unnoticed,
    unsaid,
    waiting,
    with_history,
)
from tests.simulation.invariants import (
    Check,
    calls,
    drills,
    launches,
    snapshots,
    verdicts,
    violations,
    waves,
    workflows,
)
from tests.workflow.laptop import servers

_RETRIED = {"wave": "db", "decision": "RETRY", "attempt": 1, "actor": "ada"}
ALSO: dict[str, tuple[str, Change]] = {
    "a job runs on without its locks": (
        "I1",
        lambda e: with_jobs(e, lambda jobs: [replace(jobs[0], ended_at=None), *jobs[1:]]),
    ),
    "a third attempt after one decision": (
        "I2",
        lambda e: with_records(
            with_jobs(e, lambda jobs: [tagged(jobs[0], **{"drsorc:attempt": "3"}), *jobs[1:]]),
            lambda r: setattr(r, "decisions", [_RETRIED]),
        ),
    ),
    "a job after the end": (
        "I3",
        lambda e: with_jobs(e, lambda jobs: [replace(jobs[0], created_at=e.now + timedelta(1))]),
    ),
    "fewer servers than the policy": (
        "I7",
        lambda e: with_records(
            e,
            lambda r: (
                r.waves["db"].update(status="PARTIAL"),
                r.servers[servers(0, 1)[0]].update(verdict="FAILED", jobId=None),
            ),
        ),
    ),
    "FAILED, and yet it lives": (
        "I7",
        lambda e: with_records(e, lambda r: r.servers[servers(0, 1)[0]].update(verdict="FAILED")),
    ),
    "cleaned up, and yet it lives": (
        "I11",
        lambda e: with_records(e, lambda r: setattr(r, "clean_up", {"status": "COMPLETED"})),
    ),
    "a recovery over a recovery, and nobody said so": ("I11", lambda e: replaced(e, None)),
    "a failed workflow of a completed execution": (
        "I14",
        lambda e: replace(
            later(e),
            runs={
                name: replace(run, status="FAILED", error="RecoveryFailed")
                for name, run in e.runs.items()
            },
        ),
    ),
    "FAILED, though all servers came up": (
        "I7",
        lambda e: with_records(e, lambda r: r.waves["db"].update(status="FAILED")),
    ),
    "PARTIAL, though all servers came up": (
        "I7",
        lambda e: with_records(e, lambda r: r.waves["db"].update(status="PARTIAL")),
    ),
    "a launch in a Region without a group": (
        "I20",
        lambda e: replace(
            e, calls=tuple(replace(c, region="eu-north-1") for c in e.calls if c.job_id)
        ),
    ),
    "no room, and nobody else is there": ("I9", refused),
    "an execution that is prepared, and nothing is locked": (
        "I1",
        lambda e: with_records(
            e,
            lambda r: (
                r.header.update(status="RUNNING"),
                [i.update(status="PREPARED") for i in r.intents.values()],
            ),
        ),
    ),
    "the lock of one that ended a day ago, while another runs": (
        "I16",
        lambda e: beside_another(replace(locked(e), now=e.now + timedelta(days=1))),
    ),
    "a lock of which nothing is on record": (
        "I16",
        lambda e: replace(e, locks={("111122223333", "us-west-2", "s-1"): "drill-of-nobody"}),
    ),
    "a verdict a day ago, and the workflow runs on": ("I14", running),
    "stopped by hand, 121 seconds ago": ("I14", lambda e: unnoticed(e, 121)),
    "stopped by hand, 301 seconds ago, and no event arrives": (
        "I14",
        lambda e: replace(unnoticed(e, 301), events_arrive=False),
    ),
    "a bell that nobody rang fails its wave": (
        "I14",
        lambda e: with_history(
            e, ("TaskTimedOut", "States.Timeout"), ("TaskStateEntered", "Record failure")
        ),
    ),
    "given up at the first refusal of Lambda": (
        "I6",
        lambda e: with_history(e, ("TaskFailed", REFUSED), ("TaskStateEntered", "Record failure")),
    ),
    "granted, and never sent": ("I6", lambda e: waiting(e, "GRANTED")),
    "queued, though there is room": ("I6", lambda e: waiting(e, "QUEUED")),
    "forgotten after a pause": ("I6", lambda e: waiting(e, "PREPARED")),
}
ALONE: tuple[tuple[Check, Change], ...] = (
    (
        verdicts.failures_are_true,
        lambda e: with_records(e, lambda r: r.servers[servers(0, 1)[0]].update(verdict="FAILED")),
    ),
    (
        launches.known_jobs_exist,
        lambda e: with_records(e, lambda r: r.intents["db", 1, 0].update(jobId="drsjob-of-nobody")),
    ),
    (
        launches.sent_as_often_as_noted,
        lambda e: with_records(e, lambda r: r.intents["db", 1, 0].update(sends=0)),
    ),
    (
        launches.one_intent_per_server,
        lambda e: with_records(
            e, lambda r: r.intents.update({("db", 1, 1): deepcopy(r.intents["db", 1, 0])})
        ),
    ),
    (
        launches.one_job_per_server,
        lambda e: with_jobs(e, lambda jobs: [*jobs, tagged(jobs[0], **{"drsorc:chunk": "1"})]),
    ),
    (
        waves.dependencies_came_first,
        lambda e: with_jobs(
            e, lambda jobs: [replace(job, created_at=jobs[0].created_at) for job in jobs]
        ),
    ),
    (waves.dependencies_came_first, lambda e: with_records(e, began_early)),
    (
        waves.dependencies_came_first,
        lambda e: with_records(e, lambda r: r.waves["db"].update(status="SKIPPED")),
    ),
    (snapshots.snapshots_stayed, lambda e: with_records(e, lambda r: r.servers.popitem())),
    (workflows.clean_ups_follow_their_workflow, lambda e: cleaning_up(e, 60)),
    (workflows.promised_clean_ups_begin, promised),
    (
        verdicts.waves_that_did_not_come_up_have_a_reason,
        lambda e: failed_by_faults(e, "RETRY"),
    ),
    (verdicts.ended_waves_judge_their_servers, lambda e: unsaid(later(e))),
    (verdicts.launched_servers_have_a_verdict, lambda e: unsaid(later(e))),
    (calls.calls_go_where_things_are, elsewhere),
    (calls.calls_go_where_things_are, lambda e: elsewhere(only_terminating(e))),
    (drills.clean_up_keeps_to_its_drill, lambda e: ended_by_clean_up(e, 0)),
    (
        drills.clean_up_keeps_to_its_drill,
        lambda e: with_instances(
            with_jobs(e, lambda jobs: [*jobs, replace(jobs[0], job_id="end", kind="TERMINATE")]),
            lambda i: replace(i, terminated_by="end"),
        ),
    ),
)


@pytest.mark.parametrize("what", ALSO)
def test_each_is_broken_by_subtler_things_too(what: str) -> None:
    named, change = ALSO[what]
    found = list(violations(change(sound_drill()), None))

    assert any(each.startswith(f"{named}:") for each in found), found


@pytest.mark.parametrize(("check", "change"), ALONE)
def test_each_check_finds_alone_what_another_finds_too(check: Check, change: Change) -> None:
    assert list(check(sound_drill())) == []
    assert list(check(change(sound_drill())))
