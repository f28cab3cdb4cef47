"""A job that DRS does not list yet holds its servers, though its execution was stopped by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.drs import Faults
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import has_ended, recover_from, start
from tests.simulation.strikes import no_answer
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave


@pytest.mark.parametrize("answered", [True, False])
def test_whoever_starts_at_once_is_told(answered: bool) -> None:
    def lose_answer(call: Call) -> None:
        if call.operation == "StartRecovery" and not answered:
            raise no_answer(call)

    with VirtualWorld(fleet(2), faults=Faults(job_visibility_lag_seconds=90)) as world:
        watch = Watch(world)
        world.after_step = watch.look
        world.calls.after = lose_answer
        first = start(world, plan("shop", wave("only", servers(0, 2))), "RECOVERY")
        plan_id = world.orchestrator.read_executions.get(first).plan_id
        world.until(lambda: bool(_jobs(world)))
        world.until_time(world.schedule.now() + timedelta(seconds=2))
        (run,) = [each for each in world.interpreter.executions.values() if each.is_running]
        world.interpreter.stop(run.arn, "ByHand", "by mistake")
        world.until(lambda: has_ended(world, first))
        second = recover_from(world, plan_id, replaces="shop")
        world.until(lambda: has_ended(world, second))
        refused = world.orchestrator.read_executions.get(second)
        jobs = _jobs(world)

    assert refused.status == "FAILED"
    assert "whose DRS jobs do; wait for their end" in (refused.reason or "")
    assert len(jobs) == 1


def _jobs(world: VirtualWorld) -> list[object]:
    return list(world.simulator.truth(*world.simulator.home).jobs)
