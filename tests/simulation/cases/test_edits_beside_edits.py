"""People who edit the same plan at the same moment, and edits that are cut off."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from drs_orchestrator.domain.errors import NameTaken, OrchestratorError, StaleVersion
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.strikes import RequestDied
from tests.workflow.laptop import fleet, plan, servers, wave

_WAVES = wave("a", servers(0, 4)), wave("b", servers(4, 4))
_FEWER = wave("a", servers(0, 4)), wave("b", servers(4, 2))


def document(*waves: object, description: str = "") -> RecoveryPlanDocument:
    """Return the plan p of these waves."""
    return RecoveryPlanDocument.model_validate(
        {**plan("p", *waves), "description": description}  # type: ignore[arg-type]
    )


def sizes(world: VirtualWorld) -> dict[str, int]:
    """Return how many servers each group names."""
    groups = world.do(lambda o: o.protection_groups.page(10)).items
    return {group.name: len(group.source_server_ids) for group in groups}


def contents(world: VirtualWorld) -> dict[str, list[str]]:
    """Return the servers of each group."""
    groups = world.do(lambda o: o.protection_groups.page(10)).items
    return {group.name: group.source_server_ids for group in groups}


def let_bob_wait(world: VirtualWorld, done: Sequence[object]) -> None:
    """Hold up the first write of bob until somebody else is done."""

    def wait(call: Call) -> None:
        while call.caller == "bob" and call.operation.startswith("TransactWrite") and not done:
            world.schedule.sleep(0.01)

    world.calls.before = wait


def test_an_edit_of_an_old_version_changes_no_group_either() -> None:
    done: list[int] = []
    refused: list[OrchestratorError] = []

    def ana() -> None:
        new = document(*_WAVES, description="by ana")
        done.append(world.orchestrator.recovery_plans.replace(made.plan_id, new, {1}).version)

    def bob() -> None:
        try:
            world.orchestrator.recovery_plans.replace(made.plan_id, document(*_FEWER), {1})
        except OrchestratorError as error:
            refused.append(error)

    with VirtualWorld(fleet(10), seed=1) as world:
        made = world.do(lambda o: o.recovery_plans.create(document(*_WAVES)))
        let_bob_wait(world, done)
        world.schedule.spawn(bob, "bob")
        world.schedule.spawn(ana, "ana", 0.01)
        world.until(lambda: bool(done and refused))
        kept = world.do(lambda o: o.recovery_plans.get(made.plan_id))
        assert isinstance(refused[0], StaleVersion)
        assert (kept.version, kept.description) == (2, "by ana")
        assert sizes(world) == {"g-a": 4, "g-b": 4}


def test_the_second_plan_of_a_name_changes_no_group_either() -> None:
    done: list[int] = []
    refused: list[OrchestratorError] = []

    def ana() -> None:
        done.append(world.orchestrator.recovery_plans.create(document(*_WAVES)).version)

    def bob() -> None:
        try:
            world.orchestrator.recovery_plans.create(document(wave("c", servers(8, 2))))
        except OrchestratorError as error:
            refused.append(error)

    with VirtualWorld(fleet(10), seed=1) as world:
        let_bob_wait(world, done)
        world.schedule.spawn(bob, "bob")
        world.schedule.spawn(ana, "ana", 0.01)
        world.until(lambda: bool(done and refused))
        assert isinstance(refused[0], NameTaken)
        assert sizes(world) == {"g-a": 4, "g-b": 4}


@pytest.mark.parametrize("write", range(1, 6))
def test_two_documents_are_never_mixed(write: int) -> None:
    """Bob edits what ana has written, while she still writes the groups of her document."""
    first = document(wave("a", servers(0, 2)), wave("b", servers(2, 2)))
    of_ana = document(
        wave("a", servers(0, 2) + servers(8, 1)), wave("b", servers(2, 3)), description="ana"
    )
    of_bob = document(
        wave("a", servers(0, 2) + servers(9, 1)), wave("b", servers(2, 2)), description="bob"
    )
    writes: list[Call] = []
    told: dict[str, str] = {}

    def edit(name: str, wanted: RecoveryPlanDocument) -> None:
        edits = world.orchestrator.recovery_plans
        version = edits.get(made.plan_id).version
        try:
            edits.replace(made.plan_id, wanted, {version})
            told[name] = "done"
        except OrchestratorError as error:
            told[name] = type(error).__name__

    def let_bob_edit(call: Call) -> None:
        if call.caller == "ana" and call.operation == "TransactWriteItems":
            writes.append(call)
            if len(writes) == write:
                edit("bob", of_bob)

    with VirtualWorld(fleet(10), seed=1) as world:
        made = world.do(lambda o: o.recovery_plans.create(first))
        world.calls.before = let_bob_edit
        ana = world.schedule.spawn(lambda: edit("ana", of_ana), "ana")
        world.until(lambda: ana.has_ended)
        plan_now = world.do(lambda o: o.recovery_plans.get(made.plan_id))
        groups_now = contents(world)

    assert told["bob"] == "done" or told["ana"] == "done"
    if "HalfWritten" not in told.values():
        wanted = {"ana": of_ana, "bob": of_bob}[plan_now.description]
        assert groups_now == {g.name: g.source_server_ids for g in wanted.protection_groups}
    assert plan_now.groups_pending == (told[plan_now.description] == "HalfWritten")


@pytest.mark.parametrize("write", range(1, 8))
def test_a_move_of_many_servers_that_is_cut_off_is_done_by_the_same_document(write: int) -> None:
    whole = document(wave("a", servers(0, 200)))
    parted = document(wave("a", servers(0, 50)), wave("b", servers(50, 150)))
    writes: list[Call] = []

    def die(call: Call) -> None:
        if call.service == "dynamodb" and call.operation == "TransactWriteItems":
            writes.append(call)
            if len(writes) == write:
                raise RequestDied

    with VirtualWorld(fleet(200), seed=1) as world:
        made = world.do(lambda o: o.recovery_plans.create(whole))
        world.calls.after = die
        with pytest.raises(RequestDied):
            world.do(lambda o: o.recovery_plans.replace(made.plan_id, parted, None))
        world.do(lambda o: o.recovery_plans.replace(made.plan_id, parted, None))
        assert sizes(world) == {"g-a": 50, "g-b": 150}
        groups = world.do(lambda o: o.protection_groups.page(10)).items
        assert {group.status for group in groups} == {"ACTIVE"}
