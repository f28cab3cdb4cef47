"""A launch turns out to have had no effect when its wave has ended, and whoever finds it dies."""

from __future__ import annotations

from local.drs import CallFault, CallFaultKind, Faults
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.cases.drilled import schedules
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave


def test_its_servers_are_judged_by_the_next_look() -> None:
    lost = CallFault(CallFaultKind.LOST_REQUEST, "StartRecovery")
    with VirtualWorld(fleet(1), faults=Faults(calls=[lost])) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", wave("db", servers(0, 1))))
        deaths: list[Call] = []

        def die(call: Call) -> None:
            if call.caller == "ReconcileExecutionFunction" and not deaths and _is_over(world, id_):
                deaths.append(call)
                raise FunctionEnded("KeyError", "'items'")

        world.until(lambda: any(c.operation == "StartRecovery" for c in world.simulator.calls))
        (run,) = world.interpreter.executions.values()
        world.interpreter.stop(run.arn, "ByHand", "by mistake")
        world.calls.before = die
        world.until(lambda: not schedules(world))
        watch.at_the_end()

    assert deaths
    server = collect(world).executions[id_].servers[server_id(0)]
    assert (server["verdict"], server["reason"]) == ("SKIPPED", "the wave ended before its turn")


def _is_over(world: VirtualWorld, id_: str) -> bool:
    intents = collect(world).executions[id_].intents
    return bool(intents["db", 1, 0]["status"] == "ABANDONED")
