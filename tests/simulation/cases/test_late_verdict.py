"""A slow handler of a launch result judges a server that a RETRY has reopened meanwhile."""

from __future__ import annotations

from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, attend, start
from tests.simulation.stories.story import failing
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave

_SLOW_SECONDS = 25


def test_the_verdict_of_the_earlier_attempt_does_not_count_any_more() -> None:
    slow: list[Call] = []

    def hold_up(call: Call) -> None:
        """Let it wait for the answer of DRS, which tells of the instances."""
        is_look = call.operation == "DescribeRecoveryInstances"
        if is_look and call.caller == "LaunchResultFunction" and not slow:
            slow.append(call)
            world.schedule.sleep(_SLOW_SECONDS)

    def retry(person: Person) -> None:
        person.until_asked("db", 1)
        person.decide("db", "RETRY", 1)

    faults = failing(attempts=(1,))()
    with VirtualWorld(fleet(1), faults=faults) as world:
        watch = Watch(world)
        world.after_step = watch.look
        world.calls.after = hold_up
        id_ = start(world, plan("one", wave("db", servers(0, 1), on_failure="ASK")))
        attend(world, id_, [retry])
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)

    assert slow
    assert execution.status == "COMPLETED"
    assert [each.verdict for each in execution.servers] == ["LAUNCHED"]
