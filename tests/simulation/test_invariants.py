"""The invariants find what they are there to find: one that never fails proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_orchestrator.services.lock_servers import LockServers
from drs_orchestrator.services.retire_execution import RetireExecution
from local.drs import InstanceTruth, JobTruth
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import Evidence, Violated
from tests.simulation.invariants import launches, violations
from tests.simulation.scenarios import run, start
from tests.simulation.stored import ExecutionRecords
from tests.workflow.laptop import fleet, plan, servers, wave


@pytest.fixture(scope="module")
def sound() -> Evidence:
    """Return the evidence of a drill that went well."""
    two = plan("two", wave("db", servers(0, 2)), wave("app", servers(2, 1), "db"))
    return run(two, fleet(3)).evidence


def _jobs(evidence: Evidence, change: Callable[[list[JobTruth]], list[JobTruth]]) -> Evidence:
    truths = {
        scope: replace(truth, jobs=tuple(change(list(truth.jobs))))
        for scope, truth in evidence.truths.items()
    }
    return replace(evidence, truths=truths)


def _instances(evidence: Evidence, change: Callable[[InstanceTruth], InstanceTruth]) -> Evidence:
    truths = {
        scope: replace(truth, instances=tuple(map(change, truth.instances)))
        for scope, truth in evidence.truths.items()
    }
    return replace(evidence, truths=truths)


def _records(evidence: Evidence, change: Callable[[ExecutionRecords], object]) -> Evidence:
    executions = deepcopy(dict(evidence.executions))
    for records in executions.values():
        change(records)
    return replace(evidence, executions=executions)


def _locked(evidence: Evidence) -> Evidence:
    (name,) = evidence.executions
    held = {("111122223333", "us-west-2", servers(0, 1)[0]): name}
    return replace(_later(evidence), locks=held)


def _later(evidence: Evidence) -> Evidence:
    return replace(evidence, now=evidence.now + timedelta(minutes=6))


def _running(evidence: Evidence) -> Evidence:
    """Return the same a day later, as if its workflow had not ended."""
    runs = {
        name: replace(run, status="RUNNING", stopped_at=None) for name, run in evidence.runs.items()
    }
    return replace(evidence, now=evidence.now + timedelta(days=1), runs=runs, at_rest=False)


def _at_the_gates(evidence: Evidence) -> Evidence:
    """Return the same, as if no wave had left its first state."""

    def at_the_gate(child: Run) -> Run:
        entered = next(i for i, event in enumerate(child.history) if event.enters)
        return replace(child, history=child.history[: entered + 1])

    runs = {
        name: replace(run, children=[at_the_gate(child) for child in run.children])
        for name, run in evidence.runs.items()
    }
    return replace(evidence, runs=runs)


def _same(evidence: Evidence) -> Evidence:
    return evidence


def _tagged(job: JobTruth, **tags: str) -> JobTruth:
    return replace(job, tags={**job.tags, **tags})


BREAKS: dict[str, Callable[[Evidence], Evidence]] = {
    "I1": lambda e: _records(
        e,
        lambda r: (
            r.header.update(status="RUNNING"),
            r.intents["db", 1, 0].update(status="SENT"),
        ),
    ),
    "I2": lambda e: _jobs(e, lambda jobs: [*jobs, replace(jobs[0], job_id="drsjob-again")]),
    "I6": lambda e: _records(
        _running(e),
        lambda r: (
            [r.header.pop(each, None) for each in ("finishingTime", "endTime")],
            r.header.update(status="RUNNING"),
            r.waves["db"].update(status="RUNNING"),
            r.intents["db", 1, 0].update(status="CONFIRMED"),
        ),
    ),
    "I5": lambda e: _jobs(e, lambda jobs: [*jobs, _tagged(jobs[0], **{"drsorc:chunk": "7"})]),
    "I7": lambda e: _instances(e, lambda i: replace(i, launched_by="drsjob-other")),
    "I9": lambda e: _jobs(
        e, lambda jobs: [*jobs, replace(jobs[0], ended_at=None, server_ids=("s",) * 101)]
    ),
    "I10": lambda e: _records(
        _at_the_gates(_running(e)),
        lambda r: (
            [r.header.pop(each, None) for each in ("finishingTime", "endTime")],
            r.header.update(status="RUNNING"),
            r.waves["app"].update(status="HELD", phase="GATE"),
            r.intents["app", 1, 0].update(status="PREPARED"),
        ),
    ),
    "I11": lambda e: _instances(
        e, lambda i: replace(i, is_drill=False, terminated_by=i.launched_by)
    ),
    "I14": lambda e: _records(_later(e), lambda r: r.header.update(status="FAILED")),
    "I15": lambda e: _records(
        e, lambda r: [i.update(accountId="444455556666") for i in r.intents.values()]
    ),
    "I16": _locked,
    "I17": lambda e: replace(e, estates={**e.estates, "after": {}}),
    "I18": lambda e: _records(e, lambda r: r.waves["db"].update(status="DONE")),
    "I20": lambda e: replace(e, calls=(replace(e.calls[0], operation="DeleteJob"),)),
    "I21": lambda e: replace(e, secrets=("drsorc:execution",)),
    "I23": lambda e: replace(e, automations=("a-token-of-nobody",)),
    "I26": lambda e: _records(e, lambda r: r.header.update(executionType="RECOVERY")),
}
Change = Callable[[Evidence], Evidence]
_RETRIED = {"wave": "db", "decision": "RETRY", "attempt": 1}
ALSO: dict[str, tuple[str, Change]] = {
    "a job runs on without its locks": (
        "I1",
        lambda e: _jobs(e, lambda jobs: [replace(jobs[0], ended_at=None), *jobs[1:]]),
    ),
    "a third attempt after one decision": (
        "I2",
        lambda e: _records(
            _jobs(e, lambda jobs: [_tagged(jobs[0], **{"drsorc:attempt": "3"}), *jobs[1:]]),
            lambda r: setattr(r, "decisions", [_RETRIED]),
        ),
    ),
    "a job after the end": (
        "I3",
        lambda e: _jobs(e, lambda jobs: [replace(jobs[0], created_at=e.now + timedelta(1))]),
    ),
    "fewer servers than the policy": (
        "I7",
        lambda e: _records(
            e,
            lambda r: (
                r.waves["db"].update(status="PARTIAL"),
                r.servers[servers(0, 1)[0]].update(verdict="FAILED", jobId=None),
            ),
        ),
    ),
    "FAILED, and yet it lives": (
        "I7",
        lambda e: _records(e, lambda r: r.servers[servers(0, 1)[0]].update(verdict="FAILED")),
    ),
    "cleaned up, and yet it lives": (
        "I11",
        lambda e: _records(e, lambda r: setattr(r, "clean_up", {"status": "COMPLETED"})),
    ),
    "a failed workflow of a completed execution": (
        "I14",
        lambda e: replace(
            _later(e),
            runs={
                name: replace(run, status="FAILED", error="RecoveryFailed")
                for name, run in e.runs.items()
            },
        ),
    ),
}
STEPS: dict[str, tuple[Change, Change]] = {
    "I2": (lambda e: _jobs(e, lambda jobs: jobs[:1]), _same),
    "I3": (
        lambda e: _records(e, lambda r: r.intents["app", 1, 0].update(status="GRANTED")),
        lambda e: _records(e, lambda r: r.intents["app", 1, 0].update(status="SENT")),
    ),
    "I4": (lambda e: _records(e, lambda r: r.waves["db"].update(status="FAILED")), _same),
    "I8": (
        lambda e: _jobs(e, lambda jobs: jobs[:1]),
        lambda e: _records(e, lambda r: r.waves["db"].update(status="FAILED")),
    ),
    "I12": (lambda e: _records(e, lambda r: r.servers.popitem()), _same),
}


def test_a_workflow_stopped_by_hand_needs_its_verdict_too(sound: Evidence) -> None:
    aborted = {name: replace(run, status="ABORTED") for name, run in sound.runs.items()}
    unnoticed = _records(
        replace(_later(sound), runs=aborted),
        lambda r: (r.header.pop("finishingTime", None), r.header.update(status="RUNNING")),
    )

    assert any(each.startswith("I14:") for each in violations(unnoticed, None))


def test_a_write_over_the_same_version_is_a_lost_one(sound: Evidence) -> None:
    overwritten = _records(sound, lambda r: r.header.update(pausedBy="somebody"))

    assert any(each.startswith("I4:") for each in violations(overwritten, sound))


def test_a_drill_that_went_well_breaks_none(sound: Evidence) -> None:
    assert list(violations(sound, sound)) == []


def test_a_lock_that_is_freed_late_is_seen_although_it_is_freed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worlds: list[VirtualWorld] = []
    release = LockServers.release

    def release_late(self: LockServers, execution_id: str) -> None:
        if worlds[0].schedule.elapsed_seconds > 2 * 3600:
            release(self, execution_id)

    def begin(world: VirtualWorld, document: dict[str, object], execution_type: str) -> str:
        worlds.append(world)
        return start(world, document, execution_type)

    monkeypatch.setattr(LockServers, "release", release_late)
    # The reconciler goes on looking until then.
    monkeypatch.setattr(RetireExecution, "_may_stir", lambda *_: True)

    with pytest.raises(Violated, match="I16"):
        run(
            plan("one", wave("db", servers(0, 1))),
            fleet(1),
            begin=begin,
            linger=timedelta(hours=3),
        )


def test_what_happens_while_a_start_is_asked_for_is_looked_at_too() -> None:
    looked: list[float] = []

    def begin(world: VirtualWorld, document: dict[str, object], execution_type: str) -> str:
        look = world.after_step

        def look_too() -> None:
            looked.append(world.schedule.elapsed_seconds)
            look()

        world.after_step = look_too
        return start(world, document, execution_type)

    run(plan("one", wave("db", servers(0, 1))), fleet(1), begin=begin)

    assert min(looked) < 0.1


@pytest.mark.parametrize("named", BREAKS)
def test_each_is_broken_by_what_it_forbids(sound: Evidence, named: str) -> None:
    found = list(violations(BREAKS[named](sound), None))

    assert any(each.startswith(f"{named}:") for each in found), found


@pytest.mark.parametrize("what", ALSO)
def test_each_is_broken_by_subtler_things_too(sound: Evidence, what: str) -> None:
    named, change = ALSO[what]
    found = list(violations(change(sound), None))

    assert any(each.startswith(f"{named}:") for each in found), found


@pytest.mark.parametrize("closed", ["cancelledBy", "overranTime"])
def test_nothing_is_sent_by_an_execution_that_was_closed(sound: Evidence, closed: str) -> None:
    def before(records: ExecutionRecords) -> None:
        records.header = {"version": records.header["version"], "status": "RUNNING", closed: "x"}
        records.intents["app", 1, 0].update(status="GRANTED")

    def after(records: ExecutionRecords) -> None:
        before(records)
        records.intents["app", 1, 0].update(status="SENT")

    found = list(launches.intent_before_effect(_records(sound, after), _records(sound, before)))

    assert any(each.startswith("I3:") for each in found), found


@pytest.mark.parametrize("named", STEPS)
def test_each_is_broken_by_a_step_that_it_forbids(sound: Evidence, named: str) -> None:
    before, after = (change(sound) for change in STEPS[named])
    found = list(violations(after, before))

    assert any(each.startswith(f"{named}:") for each in found), found
