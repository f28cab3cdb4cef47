"""Whoever grants room to a launch dies before it rings, and somebody pauses within the minute."""

from __future__ import annotations

from datetime import timedelta

from local.drs import Faults, Quotas
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave


def test_the_room_is_given_back_and_another_execution_gets_it() -> None:
    deaths: list[Call] = []
    with VirtualWorld(fleet(3), faults=Faults(quotas=Quotas(jobs=1))) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", wave("a", servers(0, 1)), wave("b", servers(1, 1))))

        def die(call: Call) -> None:
            if not deaths and _status(world, id_, "a") == "ENDED" and _has_room(world, id_):
                deaths.append(call)
                world.at(2, lambda use: use.control_execution.pause(id_, "somebody"))
                raise FunctionEnded

        world.calls.after = die
        world.until(lambda: bool(deaths))
        world.until_time(world.schedule.now() + timedelta(minutes=3))
        paused = _status(world, id_, "b")
        other = start(world, plan("other", wave("c", servers(2, 1))))
        world.until_time(world.schedule.now() + timedelta(hours=1))
        ended = world.orchestrator.read_executions.get(other).status

    assert paused == "PREPARED"
    assert ended == "COMPLETED"


def _status(world: VirtualWorld, execution_id: str, wave_name: str) -> str | None:
    intent = collect(world).executions[execution_id].intents.get((wave_name, 1, 0), {})
    status: str | None = intent.get("status")
    return status


def _has_room(world: VirtualWorld, execution_id: str) -> bool:
    return _status(world, execution_id, "b") == "GRANTED"
