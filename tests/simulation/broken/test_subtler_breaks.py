"""Subtler things break the invariants too, and what only looks like them does not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from local.drs import Quotas
from local.drs.state import Scope
from local.virtual.runs import HistoryEvent, Run
from tests.simulation.broken.altered import (
    Change,
    at_the_gate,
    at_the_gates,
    later,
    locked,
    running,
    sound_drill,
    tagged,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.evidence import Evidence
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
from tests.simulation.stored import ExecutionRecords
from tests.workflow.laptop import servers

_REFUSED = "Lambda.TooManyRequestsException"


def _with_history(evidence: Evidence, *events: tuple[str, str]) -> Evidence:
    """Return the same, as if that had come after the first state of each wave was entered."""

    def told(child: Run) -> Run:
        (entered,) = at_the_gate(child).history[-1:]
        more = [HistoryEvent(entered.at, kind, name) for kind, name in events]
        left = HistoryEvent(entered.at, "TaskStateExited", events[-1][1])
        end = HistoryEvent(entered.at, "ExecutionFailed", "WaveFailed")
        return replace(child, history=[*at_the_gate(child).history, *more, left, end])

    runs = {
        name: replace(run, children=[told(child) for child in run.children])
        for name, run in evidence.runs.items()
    }
    return replace(evidence, runs=runs)


def _refused(evidence: Evidence) -> Evidence:
    """Return the same, as if DRS had had no room for the first launch."""
    calls = [each for each in evidence.calls if each.job_id]
    refused = replace(calls[0], outcome="ServiceQuotaExceededException")
    return replace(evidence, calls=(refused,))


def _beside_another(evidence: Evidence) -> Evidence:
    """Return the same, as if another workflow ran."""
    (run,) = evidence.runs.values()
    other = replace(run, name="drill-other", status="RUNNING", stopped_at=None)
    return replace(evidence, runs={**evidence.runs, other.name: other}, at_rest=False)


def _unnoticed(evidence: Evidence, seconds: float) -> Evidence:
    """Return the same so long after somebody stopped the workflow, and nobody noticed."""
    (name, run), *_ = evidence.runs.items()
    stopped = replace(run, status="ABORTED")
    assert run.stopped_at is not None
    moment = run.stopped_at + timedelta(seconds=seconds)
    held = {("111122223333", "us-west-2", each): name for each in servers(0, 3)}
    return with_records(
        replace(evidence, runs={name: stopped}, now=moment, locks=held),
        lambda r: (r.header.pop("finishingTime"), r.header.update(status="RUNNING")),
    )


def _waiting(evidence: Evidence, status: str) -> Evidence:
    """Return the same a day later, as if the second wave still waited with such an intent."""

    def reopen(records: ExecutionRecords) -> None:
        for each in ("finishingTime", "endTime"):
            records.header.pop(each)
        records.header.update(status="RUNNING")
        records.waves["app"].update(status="HELD", phase="LAUNCH")
        records.intents["app", 1, 0].update(status=status)

    late = at_the_gates(running(evidence))
    name = next(iter(late.runs))
    held = {("111122223333", "us-west-2", each): name for each in servers(0, 3)}
    return replace(with_records(late, reopen), locks=held)


def _replaced(evidence: Evidence, replace_live_instances: str | None) -> Evidence:
    """Return the same, as if it were a recovery, and had ended what lived of another one."""
    launched = with_jobs(evidence, lambda jobs: [replace(job, is_drill=False) for job in jobs])
    ended = with_instances(
        launched, lambda i: replace(i, is_drill=False, terminated_by=i.launched_by)
    )
    return with_records(
        ended,
        lambda r: r.header.update(
            executionType="RECOVERY", replaceLiveInstances=replace_live_instances
        ),
    )


def _ended_by_clean_up(evidence: Evidence, sends: int) -> Evidence:
    """Return the same, as if a clean-up that was asked for had ended all that was launched, and
    had sent for each instance so often, as it is on record.
    """
    ended = with_instances(
        with_jobs(evidence, lambda jobs: [*jobs, replace(jobs[0], job_id="end", kind="TERMINATE")]),
        lambda i: replace(i, terminated_by="end", live=False),
    )
    instances = {
        instance.source_server_id: {
            "recoveryInstanceId": instance.instance_id,
            "sends": sends,
        }
        for truth in evidence.truths.values()
        for instance in truth.instances
    }

    def tell(records: ExecutionRecords) -> None:
        records.clean_up = {"status": "RUNNING"}
        records.terminations = {(server,): each for server, each in instances.items()}

    return with_records(ended, tell)


def _promised(evidence: Evidence) -> Evidence:
    """Return the same an hour after the time for which a clean-up was promised."""
    promised = evidence.now.isoformat()
    hour_later = replace(evidence, now=evidence.now + timedelta(hours=1))
    return with_records(hour_later, lambda r: r.header.update(cleanUpTime=promised))


def _cleaning_up(evidence: Evidence, asked_minutes_ago: float) -> Evidence:
    """Return the same, as if a clean-up had been asked for so long ago, and never begun."""
    asked = (evidence.now - timedelta(minutes=asked_minutes_ago)).isoformat()
    clean_up = {"status": "RUNNING", "workflow": "clean-up-of-it", "requestedTime": asked}
    return with_records(evidence, lambda r: setattr(r, "clean_up", clean_up))


def _failed_by_faults(evidence: Evidence, *answered: str) -> Evidence:
    """Return the same, as if each wave had FAILED after a step of it met an error, which a person
    answered so afterwards.
    """
    struck = _with_history(
        evidence, ("TaskFailed", "KeyError"), ("TaskStateEntered", "Record failure")
    )
    (run,) = evidence.runs.values()
    struck_at = {child.input["wave"]: at_the_gate(child).history[-1].at for child in run.children}
    decisions = [
        {
            "wave": wave,
            "attempt": 1,
            "decision": each,
            "time": (moment + timedelta(seconds=1)).isoformat(),
        }
        for wave, moment in struck_at.items()
        for each in answered
    ]

    def fail(records: ExecutionRecords) -> None:
        records.decisions = decisions
        for wave in records.waves.values():
            wave.update(status="FAILED")

    return with_records(struck, fail)


def _began_early(records: ExecutionRecords) -> None:
    began = records.waves["db"]["startTime"]
    records.actions = [{"wave": "app", "startTime": began}]


def _unsaid(evidence: Evidence) -> Evidence:
    """Return the same, as if nothing were on record of what became of the servers."""
    return with_records(
        evidence, lambda r: [server.pop("verdict") for server in r.servers.values()]
    )


def _elsewhere(evidence: Evidence) -> Evidence:
    """Return the same, as if all servers and what came of them were in another Region."""
    (here, truth), *_ = evidence.truths.items()
    there = Scope(here.account_id, "eu-north-1")
    return replace(
        evidence,
        servers={there: evidence.servers[here]},
        truths={here: replace(truth, jobs=(), instances=()), there: truth},
    )


def _only_terminating(evidence: Evidence) -> Evidence:
    """Return the same, as if nothing had been asked of DRS but the end of all instances."""
    (truth,) = evidence.truths.values()
    ids = [instance.instance_id for instance in truth.instances]
    call = replace(
        evidence.calls[-1],
        operation="TerminateRecoveryInstances",
        params={"recoveryInstanceIDs": ids},
    )
    return replace(evidence, calls=(call,))


def _struck(evidence: Evidence) -> Evidence:
    return replace(evidence, last_struck=evidence.now - timedelta(minutes=1))


_RETRIED = {"wave": "db", "decision": "RETRY", "attempt": 1}
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
    "a recovery over a recovery, and nobody said so": ("I11", lambda e: _replaced(e, None)),
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
    "no room, and nobody else is there": ("I9", _refused),
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
        lambda e: _beside_another(replace(locked(e), now=e.now + timedelta(days=1))),
    ),
    "a lock of which nothing is on record": (
        "I16",
        lambda e: replace(e, locks={("111122223333", "us-west-2", "s-1"): "drill-of-nobody"}),
    ),
    "a verdict a day ago, and the workflow runs on": ("I14", running),
    "stopped by hand, 121 seconds ago": ("I14", lambda e: _unnoticed(e, 121)),
    "stopped by hand, 301 seconds ago, and no event arrives": (
        "I14",
        lambda e: replace(_unnoticed(e, 301), events_arrive=False),
    ),
    "a bell that nobody rang fails its wave": (
        "I14",
        lambda e: _with_history(
            e, ("TaskTimedOut", "States.Timeout"), ("TaskStateEntered", "Record failure")
        ),
    ),
    "given up at the first refusal of Lambda": (
        "I6",
        lambda e: _with_history(
            e, ("TaskFailed", _REFUSED), ("TaskStateEntered", "Record failure")
        ),
    ),
    "granted, and never sent": ("I6", lambda e: _waiting(e, "GRANTED")),
    "queued, though there is room": ("I6", lambda e: _waiting(e, "QUEUED")),
    "forgotten after a pause": ("I6", lambda e: _waiting(e, "PREPARED")),
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
    (waves.dependencies_came_first, lambda e: with_records(e, _began_early)),
    (
        waves.dependencies_came_first,
        lambda e: with_records(e, lambda r: r.waves["db"].update(status="SKIPPED")),
    ),
    (snapshots.snapshots_stayed, lambda e: with_records(e, lambda r: r.servers.popitem())),
    (workflows.clean_ups_follow_their_workflow, lambda e: _cleaning_up(e, 60)),
    (workflows.promised_clean_ups_begin, _promised),
    (
        verdicts.waves_that_did_not_come_up_have_a_reason,
        lambda e: _failed_by_faults(e, "RETRY"),
    ),
    (verdicts.ended_waves_judge_their_servers, lambda e: _unsaid(later(e))),
    (verdicts.launched_servers_have_a_verdict, lambda e: _unsaid(later(e))),
    (calls.calls_go_where_things_are, _elsewhere),
    (calls.calls_go_where_things_are, lambda e: _elsewhere(_only_terminating(e))),
    (drills.clean_up_keeps_to_its_drill, lambda e: _ended_by_clean_up(e, 0)),
    (
        drills.clean_up_keeps_to_its_drill,
        lambda e: with_instances(
            with_jobs(e, lambda jobs: [*jobs, replace(jobs[0], job_id="end", kind="TERMINATE")]),
            lambda i: replace(i, terminated_by="end"),
        ),
    ),
)
FINE_ALONE: tuple[tuple[Check, Change], ...] = (
    (
        verdicts.ended_waves_judge_their_servers,
        lambda e: with_records(
            _unsaid(later(e)),
            lambda r: [each.update(status="CONFIRMED") for each in r.intents.values()],
        ),
    ),
    (verdicts.launched_servers_have_a_verdict, _unsaid),
    (verdicts.waves_that_did_not_come_up_have_a_reason, _failed_by_faults),
    (workflows.clean_ups_follow_their_workflow, lambda e: _cleaning_up(e, 2)),
    (workflows.promised_clean_ups_begin, lambda e: _cleaning_up(_promised(e), 2)),
    (calls.calls_go_where_things_are, _only_terminating),
    (drills.clean_up_keeps_to_its_drill, lambda e: _ended_by_clean_up(e, 1)),
    (drills.drills_are_harmless, lambda e: _replaced(e, "two")),
)
FINE: dict[str, Change] = {
    "stopped by hand, 119 seconds ago": lambda e: _unnoticed(e, 119),
    "stopped by hand, 299 seconds ago, and no event arrives": lambda e: replace(
        _unnoticed(e, 299), events_arrive=False
    ),
    "given up after half an hour of refusals": lambda e: _with_history(
        e, *[("TaskFailed", _REFUSED)] * 31, ("TaskStateEntered", "Record failure")
    ),
    "no room, for a stranger has just taken it": lambda e: with_jobs(
        _refused(e),
        lambda jobs: [*jobs, replace(jobs[0], job_id="drsjob-of-others", tags={})],
    ),
    "granted a moment ago": lambda e: replace(
        _waiting(e, "GRANTED"),
        since={n: {("app", 1, 0): e.now + timedelta(hours=23, minutes=59)} for n in e.runs},
    ),
    "granted, and DRS has just been away": lambda e: _struck(_waiting(e, "GRANTED")),
    "granted, and just resumed": lambda e: replace(
        _waiting(e, "GRANTED"),
        last_paused=dict.fromkeys(e.runs, e.now + timedelta(hours=23, minutes=59)),
    ),
    "granted, and cancelled": lambda e: with_records(
        _waiting(e, "GRANTED"), lambda r: r.header.update(cancelledBy="somebody")
    ),
    "queued, and there is no room": lambda e: replace(_waiting(e, "QUEUED"), quotas=Quotas(jobs=0)),
    "queued, and not to be tried yet": lambda e: with_records(
        _waiting(e, "QUEUED"),
        lambda r: r.intents["app", 1, 0].update(
            notBefore=(e.now + timedelta(hours=25)).isoformat()
        ),
    ),
}


@pytest.mark.parametrize("what", ALSO)
def test_each_is_broken_by_subtler_things_too(what: str) -> None:
    named, change = ALSO[what]
    found = list(violations(change(sound_drill()), None))

    assert any(each.startswith(f"{named}:") for each in found), found


@pytest.mark.parametrize(("check", "change"), ALONE)
def test_each_check_finds_alone_what_another_finds_too(check: Check, change: Change) -> None:
    assert list(check(sound_drill())) == []
    assert list(check(change(sound_drill())))


@pytest.mark.parametrize(("check", "change"), FINE_ALONE)
def test_what_a_check_allows_does_not_break_it(check: Check, change: Change) -> None:
    assert list(check(change(sound_drill()))) == []


@pytest.mark.parametrize("what", FINE)
def test_what_is_as_it_should_be_breaks_none(what: str) -> None:
    found = list(violations(FINE[what](sound_drill()), None))

    assert [each for each in found if each.startswith(("I6:", "I9:", "I14:"))] == []
