"""A promise that the last step of a drill's workflow did not live to make."""

from __future__ import annotations

from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import until_written
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave


def test_the_reconciler_schedules_what_the_last_step_did_not_live_to() -> None:
    one = {**plan("one", wave("db", servers(0, 3))), "cleanUpAfterMinutes": 60}
    with VirtualWorld(fleet(3)) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, one)

        def dies(call: Call) -> None:
            if (call.caller, call.operation) == ("FinishExecutionFunction", "CreateSchedule"):
                (run,) = (r for r in world.interpreter.executions.values() if r.name == id_)
                if run.is_running:
                    world.interpreter.stop(run.arn, "ByHand", "by mistake")
                raise FunctionEnded

        world.calls.before = dies
        read = world.orchestrator.read_executions
        world.until(lambda: read.get(id_).status == "COMPLETED")
        unpromised = read.get(id_).clean_up_time
        done = until_written(world, id_)
        watch.at_the_end()

    assert unpromised is None
    assert done.clean_up_time is not None
    assert done.clean_up is not None
    assert done.clean_up.status == "COMPLETED"
