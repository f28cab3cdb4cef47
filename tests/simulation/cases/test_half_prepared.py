"""Prepare writes the servers of some waves, and never comes to those of the others."""

from __future__ import annotations

from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.stored import ExecutionRecords
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave


def test_a_wave_whose_servers_were_never_written_has_failed() -> None:
    def die(call: Call) -> None:
        if call.caller == "PrepareExecutionFunction" and _records(world).servers:
            raise FunctionEnded

    # What one transaction holds is less than the first wave.
    with VirtualWorld(fleet(101)) as world:
        watch = Watch(world)
        world.after_step = watch.look
        world.calls.after = die
        start(world, plan("shop", wave("large", servers(0, 100)), wave("small", servers(100, 1))))
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: not workflow.is_running)
        watch.at_the_end()
        records = _records(world)

    assert {each["wave"] for each in records.servers.values()} == {"large"}
    assert {name: each["status"] for name, each in records.waves.items()} == {
        "large": "FAILED",
        "small": "FAILED",
    }
    assert records.header["status"] == "FAILED"


def _records(world: VirtualWorld) -> ExecutionRecords:
    return next(iter(collect(world).executions.values()), ExecutionRecords())
