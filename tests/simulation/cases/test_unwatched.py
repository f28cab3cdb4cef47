"""An execution that found Scheduler closed when it began: nothing looks after it."""

from __future__ import annotations

from datetime import timedelta

from local.drs import CallFault, CallFaultKind
from local.events import DrsEventFaults
from local.faults_file import FaultsFile
from local.scheduler import SchedulerFaults
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave

_CLOSED = SchedulerFaults(calls=[CallFault(CallFaultKind.THROTTLE, "CreateSchedule", times=4)])
_NO_DRS_EVENTS = DrsEventFaults(lost_share=1.0)


def test_whoever_hears_that_it_was_stopped_lets_its_jobs_be_followed_to_their_end() -> None:
    others = FaultsFile(scheduler=_CLOSED, drs_events=_NO_DRS_EVENTS)
    with VirtualWorld(fleet(2), other_faults=others) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", wave("db", servers(0, 2))))
        (workflow,) = world.interpreter.executions.values()
        home = world.simulator.home
        world.until(lambda: bool(world.simulator.truth(*home).jobs))
        unwatched = not world.aws.scheduler.truth(*home)
        world.interpreter.stop(workflow.arn, "ByHand", "by mistake")
        world.until_time(world.schedule.now() + timedelta(hours=1))
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)
        locks = collect(world).locks
        schedules = world.aws.scheduler.truth(*home)

    assert unwatched
    assert execution.status == "CANCELLED"
    assert "nobody may notice" in (execution.reconciler_problem or "")
    assert {each.verdict for each in execution.servers} == {"LAUNCHED"}
    assert locks == {}
    assert not schedules
