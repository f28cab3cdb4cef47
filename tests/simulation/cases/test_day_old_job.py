"""A job that hangs for more than a day holds its servers, whatever became of its execution."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, attend, has_ended, recover_from, start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_HANGS = Faults(
    servers=[ServerFault(server_id(0), ServerFaultKind.STUCK, phase=Phase.LAUNCH, seconds=200_000)]
)


@pytest.mark.parametrize("hours", [10, 25])
def test_whoever_starts_beside_it_is_told(hours: int) -> None:
    with VirtualWorld(fleet(2), faults=_HANGS) as world:
        watch = Watch(world)
        world.after_step = watch.look
        first = start(world, plan("shop", wave("only", servers(0, 2), on_failure="ASK")))
        plan_id = world.orchestrator.read_executions.get(first).plan_id

        def skip(person: Person) -> None:
            question = person.until_asked("only")
            person.decide("only", "SKIP", question["attempt"], "it hangs")

        attend(world, first, [skip])
        world.until(lambda: has_ended(world, first))
        world.until_time(world.schedule.now() + timedelta(hours=hours))
        second = recover_from(world, plan_id)
        world.until(lambda: has_ended(world, second))
        refused = world.orchestrator.read_executions.get(second)
        jobs = world.simulator.truth(*world.simulator.home).jobs

    assert refused.status == "FAILED"
    assert "whose DRS jobs do; wait for their end" in (refused.reason or "")
    assert len(jobs) == 1
