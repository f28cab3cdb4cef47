"""DRS does not say of an instance whether it is a drill's: it is protected as a recovery's is."""

from __future__ import annotations

from datetime import timedelta

from local.drs import Faults
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import has_ended, start
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_TELLS_NO_MODE = Faults(is_drill_left_out=True)


def test_nothing_starts_over_it_and_the_reason_says_what_is_unknown() -> None:
    with VirtualWorld(fleet(1), faults=_TELLS_NO_MODE) as world:
        asked = {"isDrill": True, "sourceServers": [{"sourceServerID": server_id(0)}]}
        account_id, region = world.simulator.home
        world.simulator.call("StartRecovery", asked, account_id=account_id, region=region)
        world.until_time(world.schedule.now() + timedelta(hours=1))
        id_ = start(world, plan("one", wave("db", servers(0, 1))))
        world.until(lambda: has_ended(world, id_))
        execution = world.orchestrator.read_executions.get(id_)
        jobs = world.simulator.truth(*world.simulator.home).jobs

    assert execution.status == "FAILED"
    assert "of which DRS does not say whether it is a drill's" in (execution.reason or "")
    assert len(jobs) == 1
