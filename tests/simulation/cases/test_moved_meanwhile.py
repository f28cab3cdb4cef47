"""A server moves from one group of a plan to another while "Prepare execution" reads them, and an
execution is prepared while a server moves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from drs_orchestrator.domain.errors import HalfWritten
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.simulation.strikes import RequestDied
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

Json = dict[str, Any]
_BEFORE = plan("p", wave("a", servers(0, 2)), wave("b", servers(2, 2)))
_OTHER = {"name": "q", "waves": _BEFORE["waves"]}
# Server 3 goes from b, the second that is read, to a.
_AFTER = plan("p", wave("a", servers(0, 2) + servers(3, 1)), wave("b", servers(2, 1)))


@pytest.mark.parametrize("read", range(1, 14))
def test_it_is_recovered_in_any_case(read: int) -> None:
    reads: list[Call] = []
    moves: list[str] = []

    def edit() -> None:
        document = RecoveryPlanDocument.model_validate(_AFTER)
        (known,) = world.orchestrator.recovery_plans.page(10).items
        world.orchestrator.recovery_plans.replace(known.plan_id, document, None)
        moves.append("done")

    def edit_meanwhile(call: Call) -> None:
        if call.caller == "PrepareExecutionFunction" and call.operation == "GetItem":
            reads.append(call)
            if len(reads) == read:
                world.schedule.spawn(edit, "person who edits")
                while not moves:
                    world.schedule.sleep(0.01)

    with VirtualWorld(fleet(4), seed=1) as world:
        world.calls.before = edit_meanwhile
        id_ = start(world, _BEFORE, "RECOVERY")
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        execution = world.orchestrator.read_executions.get(id_)

    assert moves
    assert execution.status == "COMPLETED"
    recovered = sorted(each.source_server_id for each in execution.servers)
    assert recovered == [server_id(number) for number in range(4)]


@pytest.mark.parametrize("of_its_own", [True, False])
@pytest.mark.parametrize("dies", [True, False])
@pytest.mark.parametrize("write", range(1, 9))
def test_nothing_is_recovered_without_it_while_it_moves(
    write: int, *, dies: bool, of_its_own: bool
) -> None:
    """Neither from the plan whose document moves it, nor from another one of the same groups."""
    writes: list[Call] = []
    started: list[str] = []

    def edit() -> None:
        document = RecoveryPlanDocument.model_validate(_AFTER)
        with suppress(RequestDied):
            world.orchestrator.recovery_plans.replace(made.plan_id, document, None)

    def has_ended(execution_id: str) -> bool:
        return world.orchestrator.read_executions.get(execution_id).status.is_final

    def recover(name: str) -> None:
        with suppress(HalfWritten):
            execution = world.orchestrator.start_execution(
                (made if of_its_own else other).plan_id,
                ExecutionType.RECOVERY,
                actor=name,
                replace_live_instances=None,
            )
            while not has_ended(execution.execution_id):
                world.schedule.sleep(60)
            started.append(execution.execution_id)

    def start_meanwhile(call: Call) -> None:
        if call.caller == "person who edits" and call.operation == "TransactWriteItems":
            writes.append(call)
            if len(writes) == write:
                recover("in between")
                if dies:
                    raise RequestDied

    with VirtualWorld(fleet(4), seed=1) as world:
        made = world.do(
            lambda o: o.recovery_plans.create(RecoveryPlanDocument.model_validate(_BEFORE))
        )
        other = world.do(
            lambda o: o.recovery_plans.create(RecoveryPlanDocument.model_validate(_OTHER))
        )
        world.calls.before = start_meanwhile
        editor = world.schedule.spawn(edit, "person who edits")
        world.until(lambda: editor.has_ended)
        known = world.do(lambda o: o.recovery_plans.get(made.plan_id))
        executions = [world.orchestrator.read_executions.get(each) for each in started]

    assert len(writes) >= write
    assert known.groups_pending == (dies and write > 1)
    for execution in executions:
        assert execution.status == "COMPLETED"
        recovered = sorted(each.source_server_id for each in execution.servers)
        assert recovered == [server_id(number) for number in range(4)]
