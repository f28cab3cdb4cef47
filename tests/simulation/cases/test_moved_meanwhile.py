"""A server moves from one group of a plan to another while "Prepare execution" reads them."""

from __future__ import annotations

from typing import Any

import pytest

from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

Json = dict[str, Any]
_BEFORE = plan("p", wave("a", servers(0, 2)), wave("b", servers(2, 2)))
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
