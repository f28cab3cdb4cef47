"""A server that DRS cannot launch any more does not keep the others of its chunk from theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.drs import Faults, ServerFault, ServerFaultKind
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, attend, run, start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

Json = dict[str, Any]
_DISCONNECTED = {"dataReplicationState": "DISCONNECTED"}
_PENDING = {"replicatedDisks": [{"deviceName": "/dev/sda1", "volumeStatus": "PENDING"}]}


@pytest.mark.parametrize("replication", [_DISCONNECTED, _PENDING])
@pytest.mark.parametrize("execution_type", ["DRILL", "RECOVERY"])
def test_what_stops_after_prepare_fails_alone(execution_type: str, replication: Json) -> None:
    late = fleet(1, first=1)
    late["items"][0]["dataReplicationInfo"] |= replication

    def stop(person: Person) -> None:
        person.until(lambda now: any(each["status"] == "RUNNING" for each in now["waves"]))
        watch.let_others_change(lambda: world.simulator.load_inventory(late))

    with VirtualWorld(fleet(4)) as world:
        watch = Watch(world)
        world.after_step = watch.look
        waves = wave("db", servers(0, 1)), wave("app", servers(1, 3), "db")
        id_ = start(world, plan("two", *waves), execution_type)
        attend(world, id_, [stop])
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)
        jobs = world.simulator.truth(*world.simulator.home).jobs

    assert execution.status == "PARTIAL"
    assert [set(job.server_ids) for job in jobs] == [set(servers(0, 1)), set(servers(2, 2))]
    (failed,) = [each for each in execution.servers if each.verdict == "FAILED"]
    assert failed.source_server_id == server_id(1)
    assert "DISCONNECTED" in (failed.reason or "") or "PENDING" in (failed.reason or "")


def test_a_retry_launches_the_others_again() -> None:
    inventory = fleet(3)
    inventory["items"][0]["dataReplicationInfo"] |= _DISCONNECTED

    def retry(person: Person) -> None:
        person.until_asked("db", 1)
        person.decide("db", "RETRY", 1)
        person.until_asked("db", 2)
        person.decide("db", "SKIP", 2, "it is gone for good")

    fails_once = ServerFault(server_id(1), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
    outcome = run(
        plan("one", wave("db", servers(0, 3), on_failure="ASK")),
        inventory,
        execution_type="RECOVERY",
        people=[retry],
        faults=Faults(servers=[fails_once]),
        patience=timedelta(hours=12),
    )
    assert [set(job.server_ids) for job in outcome.truth.jobs] == [
        {server_id(1), server_id(2)},
        {server_id(1)},
    ]
    verdicts = {each["sourceServerId"]: each["verdict"] for each in outcome.execution["servers"]}
    assert verdicts == {
        server_id(0): "FAILED",
        server_id(1): "LAUNCHED",
        server_id(2): "LAUNCHED",
    }


def test_a_wave_without_any_server_to_launch_asks_and_a_retry_launches_what_came_back() -> None:
    inventory = fleet(1)
    inventory["items"][0]["dataReplicationInfo"] |= _DISCONNECTED

    def retry(person: Person) -> None:
        question = person.until_asked("db", 1)
        assert "its replication is DISCONNECTED" in question["message"]
        watch.let_others_change(lambda: world.simulator.load_inventory(fleet(1)))
        person.decide("db", "RETRY", 1)

    with VirtualWorld(inventory) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", wave("db", servers(0, 1), on_failure="ASK")), "RECOVERY")
        attend(world, id_, [retry])
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)

    assert execution.status == "COMPLETED"
    assert [each.verdict for each in execution.servers] == ["LAUNCHED"]


def test_a_wave_without_any_server_to_launch_is_skipped_if_it_is_not_its_turn() -> None:
    inventory = fleet(1)
    inventory["items"][0]["dataReplicationInfo"] |= _DISCONNECTED
    group, document = wave("db", servers(0, 1), on_failure="ASK")
    asks_first = (group, {**document, "approval": {"role": "owner", "message": "Go?"}})

    def reject(person: Person) -> None:
        person.until_asked("db", 0)
        person.decide("db", "REJECT", 0)

    outcome = run(plan("one", asks_first), inventory, execution_type="RECOVERY", people=[reject])
    assert outcome.waves() == {"db": "SKIPPED"}
