"""Prepare dies after it took its locks, and is repeated over a group that lost a server since."""

from __future__ import annotations

import pytest

from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.workflow.laptop import fleet, plan, servers, wave

PLAN = plan("shop", wave("only", servers(0, 3)))
# The repeated preparation makes about thirty: each of them, and a few that are not there.
CALLS = range(1, 36)


class Deaths:
    """Prepare dies with all locks taken, and again at a call of its next attempt."""

    def __init__(self, world: VirtualWorld, second_at: int) -> None:
        self.locked: set[str] = set()
        self.count = 0
        self._world = world
        self._left = second_at

    def __call__(self, call: Call) -> None:
        """Let the function die if it is time; a server leaves the group after the first death."""
        if call.caller != "PrepareExecutionFunction" or self.count == 2:
            return
        if self.count == 0:
            self.locked = locked(self._world)
            if not self.locked:
                return
            self._world.schedule.spawn(lambda: lose_a_server(self._world), "person who edits")
        else:
            self._left -= 1
            if self._left:
                return
        self.count += 1
        raise FunctionEnded


def locked(world: VirtualWorld) -> set[str]:
    """Return the servers that are locked, whoever holds them."""
    return {server_id for _, _, server_id in collect(world).locks}


def lose_a_server(world: VirtualWorld) -> None:
    """Take the last server out of the group."""
    groups = world.orchestrator.protection_groups
    (group,) = groups.page(100).items
    left = group.changed(source_server_ids=servers(0, 2), critical_server_ids=[]).spec
    groups.replace(group.group_id, left, {group.version})


@pytest.mark.parametrize("second_at", CALLS)
@pytest.mark.parametrize("hook", ["before", "after"])
def test_whatever_it_locked_is_free_when_the_execution_has_ended(hook: str, second_at: int) -> None:
    with VirtualWorld(fleet(3), seed=1) as world:
        deaths = Deaths(world, second_at)
        setattr(world.calls, hook, deaths)
        start(world, PLAN)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: not workflow.is_running)
        left = locked(world)
        (job,) = world.simulator.truth(*world.simulator.home).jobs

    assert deaths.locked == set(servers(0, 3))
    assert sorted(job.server_ids) == servers(0, 2)
    assert workflow.status == "SUCCEEDED"
    assert left == set()
