"""The invariants find what they are there to find: one that never fails proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.executions.retire_execution import RetireExecution
from local.virtual.world import VirtualWorld
from tests.simulation.broken.altered import (
    Change,
    answered,
    at_the_gates,
    later,
    locked,
    running,
    same,
    sound_drill,
    tagged,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import launches, violations
from tests.simulation.scenarios import run, start
from tests.simulation.stored import ExecutionRecords
from tests.simulation.watch import Violated
from tests.workflow.laptop import fleet, plan, servers, wave


@pytest.fixture(scope="module")
def sound() -> Evidence:
    return sound_drill()


BREAKS: dict[str, Change] = {
    "I1": lambda e: with_records(
        e,
        lambda r: (
            r.header.update(status="RUNNING"),
            r.intents["db", 1, 0].update(status="SENT"),
        ),
    ),
    "I2": lambda e: with_jobs(e, lambda jobs: [*jobs, replace(jobs[0], job_id="drsjob-again")]),
    "I6": lambda e: with_records(
        running(e),
        lambda r: (
            [r.header.pop(each, None) for each in ("finishingTime", "endTime")],
            r.header.update(status="RUNNING"),
            r.waves["db"].update(status="RUNNING"),
            r.intents["db", 1, 0].update(status="CONFIRMED"),
        ),
    ),
    "I5": lambda e: with_jobs(e, lambda jobs: [*jobs, tagged(jobs[0], **{"drsorc:chunk": "7"})]),
    "I7": lambda e: with_instances(e, lambda i: replace(i, launched_by="drsjob-other")),
    "I9": lambda e: with_jobs(
        e, lambda jobs: [*jobs, replace(jobs[0], ended_at=None, server_ids=("s",) * 101)]
    ),
    "I10": lambda e: with_records(
        at_the_gates(running(e)),
        lambda r: (
            [r.header.pop(each, None) for each in ("finishingTime", "endTime")],
            r.header.update(status="RUNNING"),
            r.waves["app"].update(status="HELD", phase="GATE"),
            r.intents["app", 1, 0].update(status="PREPARED"),
        ),
    ),
    "I11": lambda e: with_instances(
        e, lambda i: replace(i, is_drill=False, terminated_by=i.launched_by)
    ),
    "I14": lambda e: with_records(later(e), lambda r: r.header.update(status="FAILED")),
    "I15": lambda e: with_records(
        e, lambda r: [i.update(accountId="444455556666") for i in r.intents.values()]
    ),
    "I16": locked,
    "I17": lambda e: replace(e, estates={**e.estates, "after": {}}),
    "I18": lambda e: with_records(e, lambda r: r.waves["db"].update(status="DONE")),
    "I20": lambda e: replace(e, operations=e.operations | {"iam.CreateRole"}),
    "I21": lambda e: replace(e, secrets=("drsorc:execution",)),
    "I23": lambda e: replace(e, automations=("a-token-of-nobody",)),
    "I26": lambda e: with_records(e, lambda r: r.header.update(executionType="RECOVERY")),
}
STEPS: dict[str, tuple[Change, Change]] = {
    "I2": (lambda e: with_jobs(e, lambda jobs: jobs[:1]), same),
    "I3": (
        lambda e: with_records(e, lambda r: r.intents["app", 1, 0].update(status="GRANTED")),
        lambda e: with_records(e, lambda r: r.intents["app", 1, 0].update(status="SENT")),
    ),
    "I4": (lambda e: with_records(e, lambda r: r.waves["db"].update(status="FAILED")), same),
    "I4 in an answer": (answered("RETRY"), answered("SKIP")),
    "I8": (
        lambda e: with_jobs(e, lambda jobs: jobs[:1]),
        lambda e: with_records(e, lambda r: r.waves["db"].update(status="FAILED")),
    ),
    "I12": (lambda e: with_records(e, lambda r: r.servers.popitem()), same),
    "I12 in a wave": (
        lambda e: with_records(e, lambda r: r.waves["db"].update(healthCheck={"ec2Status": True})),
        same,
    ),
    "I12 in its actions": (
        lambda e: with_records(e, lambda r: r.waves["db"].update(preActions=[{"name": "stop"}])),
        same,
    ),
    "I12 in a server": (
        lambda e: with_records(e, lambda r: r.servers[servers(0, 1)[0]].update(isCritical=False)),
        same,
    ),
    "I12 in the whole": (
        lambda e: with_records(e, lambda r: r.header.update(planVersion=7)),
        same,
    ),
}


def test_a_workflow_stopped_by_hand_needs_its_verdict_too(sound: Evidence) -> None:
    aborted = {name: replace(run, status="ABORTED") for name, run in sound.runs.items()}
    unnoticed = with_records(
        replace(later(sound), runs=aborted),
        lambda r: (r.header.pop("finishingTime", None), r.header.update(status="RUNNING")),
    )

    assert any(each.startswith("I14:") for each in violations(unnoticed, None))


def test_a_write_over_the_same_version_is_a_lost_one(sound: Evidence) -> None:
    overwritten = with_records(sound, lambda r: r.header.update(pausedBy="somebody"))

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


@pytest.mark.parametrize("closed", ["cancelledBy", "overranTime"])
def test_nothing_is_sent_by_an_execution_that_was_closed(sound: Evidence, closed: str) -> None:
    def before(records: ExecutionRecords) -> None:
        records.header = {"version": records.header["version"], "status": "RUNNING", closed: "x"}
        records.intents["app", 1, 0].update(status="GRANTED")

    def after(records: ExecutionRecords) -> None:
        before(records)
        records.intents["app", 1, 0].update(status="SENT")

    found = list(
        launches.intent_before_effect(with_records(sound, after), with_records(sound, before))
    )

    assert any(each.startswith("I3:") for each in found), found


@pytest.mark.parametrize(("kind", "is_broken"), [("FAULT", True), ("STUCK", False)])
def test_nothing_is_sent_while_a_person_thinks_but_beside_a_stuck_job(
    sound: Evidence, kind: str, *, is_broken: bool
) -> None:
    def before(records: ExecutionRecords) -> None:
        records.header = {"version": records.header["version"], "status": "RUNNING"}
        records.waves["app"].update(question={"kind": kind})
        records.intents["app", 1, 0].update(status="GRANTED")

    def after(records: ExecutionRecords) -> None:
        before(records)
        records.intents["app", 1, 0].update(status="SENT")

    found = launches.intent_before_effect(with_records(sound, after), with_records(sound, before))

    assert any(each.startswith("I3:") for each in found) is is_broken


@pytest.mark.parametrize("named", STEPS)
def test_each_is_broken_by_a_step_that_it_forbids(sound: Evidence, named: str) -> None:
    before, after = (change(sound) for change in STEPS[named])
    found = list(violations(after, before))

    assert any(each.startswith(f"{named.split(maxsplit=1)[0]}:") for each in found), found
