"""What an execution works from is held against its plan, its groups and its start."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import CallRecord
from local.virtual.world import VirtualWorld
from tests.simulation.broken.altered import Change, with_records
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import Check, origins, points_in_time, violations
from tests.simulation.scenarios import has_ended, recover_from, run, start
from tests.simulation.stored import ExecutionRecords
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_AN_HOUR_BEFORE = datetime(2100, 1, 4, 7, tzinfo=UTC)
_ACTIONS = {"postActions": [{"name": "warm", "type": "wait", "seconds": 10}]}
_CHECK = {"healthCheck": {"ec2Status": True, "deadlineMinutes": 10}}


@pytest.fixture(scope="module")
def dated() -> Evidence:
    """Return the evidence of a recovery to a point in time, of servers that tags select, too."""
    inventory = fleet(3)
    for server in inventory["items"][:2]:
        server["tags"] = {**server.get("tags", {}), "tier": "db"}
    (group, db), (app_group, app) = wave("db", servers(0, 2)), wave("app", servers(2, 1), "db")
    group = {name: value for name, value in group.items() if name != "sourceServerIds"}
    document = plan(
        "dated",
        ({**group, "serverSelectionTags": {"tier": "db"}}, {**db, **_ACTIONS}),
        (app_group, {**app, **_CHECK}),
    )
    return run(
        document,
        inventory,
        execution_type="RECOVERY",
        begin=lambda *args: start(*args, point_in_time=_AN_HOUR_BEFORE),
    ).evidence


def _prepared(change: Callable[[ExecutionRecords], object]) -> Change:
    """Return what changes the records of the moment in which the execution was prepared."""

    def alter(evidence: Evidence) -> Evidence:
        prepared = deepcopy(dict(evidence.prepared))
        for records in prepared.values():
            change(records)
        return replace(evidence, prepared=prepared)

    return alter


def _forget(world: VirtualWorld, server: str) -> None:
    """Let DRS know a server no more."""
    memory = world.simulator.snapshot()
    for estate in memory["state"]["estates"]:
        estate["servers"].pop(server)
    world.simulator.restore(memory)


def _launched_from(snapshot_id: str | None) -> Change:
    """Return what changes the snapshot from which each server was launched."""

    def sent(call: CallRecord) -> CallRecord:
        named = [
            {**each, "recoverySnapshotID": snapshot_id} for each in call.params["sourceServers"]
        ]
        return replace(call, params={**call.params, "sourceServers": named})

    return lambda evidence: replace(
        evidence,
        calls=tuple(sent(c) if c.operation == "StartRecovery" else c for c in evidence.calls),
    )


def _of_no_moment(evidence: Evidence) -> Evidence:
    """Return the same as if neither the intents nor the launches named snapshots."""
    unpinned = with_records(
        evidence, lambda r: [each.pop("snapshotIds") for each in r.intents.values()]
    )
    return _launched_from(None)(unpinned)


BREAKS: tuple[tuple[Check, Change], ...] = (
    (
        origins.snapshots_are_of_their_start,
        _prepared(lambda r: r.header.update(executionType="DRILL")),
    ),
    (origins.snapshots_are_of_their_start, _prepared(lambda r: r.header.pop("pointInTime"))),
    (
        origins.snapshots_are_of_their_plan,
        _prepared(lambda r: r.header.update(planName="another")),
    ),
    (
        origins.snapshots_are_of_their_plan,
        _prepared(lambda r: r.waves["app"].update(dependsOn=[])),
    ),
    (
        origins.snapshots_are_of_their_plan,
        _prepared(lambda r: r.waves["app"].pop("healthCheck")),
    ),
    (
        origins.snapshots_are_of_their_plan,
        _prepared(lambda r: r.waves["db"].update(successPolicy={"minimumPercent": 1})),
    ),
    (
        origins.snapshots_are_of_their_plan,
        _prepared(lambda r: r.waves["db"].update(postActions=[])),
    ),
    (origins.snapshots_are_of_their_plan, _prepared(lambda r: r.waves.pop("app"))),
    (
        origins.snapshots_hold_their_groups,
        _prepared(lambda r: r.servers.pop(server_id(0))),
    ),
    (
        origins.snapshots_hold_their_groups,
        _prepared(lambda r: r.servers[server_id(1)].update(wave="app")),
    ),
    (
        origins.snapshots_hold_their_groups,
        _prepared(lambda r: r.servers[server_id(2)].update(isCritical=False)),
    ),
    (points_in_time.launches_are_of_their_point_in_time, _launched_from(None)),
    (points_in_time.launches_are_of_their_point_in_time, _launched_from("pit-00000000000000000")),
    (points_in_time.launches_are_of_their_point_in_time, _of_no_moment),
    (
        points_in_time.pins_are_old_enough,
        lambda e: with_records(
            e, lambda r: r.servers[server_id(0)].update(snapshotTime="2100-01-04T07:30:00Z")
        ),
    ),
    (
        points_in_time.pins_are_old_enough,
        lambda e: with_records(
            e, lambda r: r.servers[server_id(0)].update(snapshotTime="2100-01-04T05:30:00Z")
        ),
    ),
)


def test_a_recovery_as_its_plan_has_it_breaks_none(dated: Evidence) -> None:
    assert list(violations(dated, None)) == []


@pytest.mark.parametrize(("check", "change"), BREAKS)
def test_another_is_seen(dated: Evidence, check: Check, change: Change) -> None:
    assert [each[:4] for each in check(change(dated))]


def test_where_somebody_edited_a_group_meanwhile_nothing_is_said_of_its_wave(
    dated: Evidence,
) -> None:
    (name,) = dated.prepared
    altered = _prepared(lambda r: r.servers.clear())(replace(dated, groups={name: {}}))

    assert list(origins.snapshots_hold_their_groups(altered)) == []


def test_a_server_that_drs_is_said_not_to_know_is_not_there() -> None:
    with VirtualWorld(fleet(2)) as world:
        watch = Watch(world)
        document = RecoveryPlanDocument.model_validate(plan("two", wave("db", servers(0, 2))))
        plan_id = world.do(lambda use: use.recovery_plans.create(document)).plan_id
        watch.let_others_change(lambda: _forget(world, server_id(1)))
        id_ = recover_from(world, plan_id)
        world.until(lambda: has_ended(world, id_))
        refused = watch.at_the_end()
    held = {place: frozenset(servers(0, 2)) for place in refused.servers}

    assert list(origins.refusals_are_true(replace(refused, servers=held)))
