"""An execution that somebody starts in the AWS console, and whose first and last step die."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_orchestrator.domain.execution import ExecutionRequest, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.events import EventBusFaults
from local.faults_file import FaultsFile
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.histories.people import start_in_console
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave

_LOST = FaultsFile(events=EventBusFaults(lost_share=1.0))
_HEADER = "TransactWriteItems"


def _die(call: Call) -> None:
    if call.caller == "FinishExecutionFunction":
        raise KeyError("items")
    if (call.caller, call.operation) == ("PrepareExecutionFunction", _HEADER):
        raise KeyError("items")


@pytest.mark.parametrize("header", ["written", "not written"])
def test_it_gets_a_verdict_though_no_event_tells_of_its_end(header: str) -> None:
    with VirtualWorld(fleet(2), other_faults=_LOST) as world:
        watch = Watch(world)
        world.after_step = watch.look
        setattr(world.calls, "after" if header == "written" else "before", _die)
        document = RecoveryPlanDocument.model_validate(plan("one", wave("db", servers(0, 2))))
        plan_id = world.do(lambda use: use.recovery_plans.create(document)).plan_id
        request = ExecutionRequest(plan_id=plan_id, execution_type=ExecutionType.DRILL)
        start_in_console(world, request)
        world.until_time(world.schedule.now() + timedelta(hours=1))
        watch.at_the_end()
        statuses = [each.header["status"] for each in collect(world).executions.values()]
        schedules = world.aws.scheduler.truth(*world.simulator.home)

    assert statuses == ([ExecutionStatus.FAILED] if header == "written" else [])
    assert not schedules
