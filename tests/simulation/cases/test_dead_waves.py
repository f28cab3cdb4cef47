"""A wave whose own workflow dies, as each wave may on AWS, and nobody is told of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectionClosedError

from local.events.bus import EventBusFaults
from local.virtual.calls import Call
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.workflow.laptop import fleet, plan, servers, wave


@pytest.mark.parametrize("loud", [True, False], ids=["heard", "unheard"])
def test_a_wave_whose_workflow_was_stopped_ends_and_its_dependents_go_on(*, loud: bool) -> None:
    document = plan("two", wave("db", servers(0, 3)), wave("app", servers(3, 2), "db"))
    with VirtualWorld(fleet(5)) as world:
        world.aws.event_bus.faults = EventBusFaults(lost_share=0.0 if loud else 1.0)
        id_ = start(world, document)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: bool(world.simulator.truth(*world.simulator.home).jobs))
        world.interpreter.stop(workflow.children[0].arn, None, "by mistake")
        stopped_at = world.schedule.now()
        world.until(lambda: not workflow.is_running)
        world.until(lambda: not world.aws.scheduler.truth(*world.simulator.home))
        execution = world.orchestrator.read_executions.get(id_)
        jobs = world.simulator.truth(*world.simulator.home).jobs

    db, app = execution.waves
    assert (db.status, app.status) == ("FAILED", "SKIPPED")
    assert "stopped by hand" in (db.reason or "")
    assert db.end_time is not None
    assert db.end_time - stopped_at <= timedelta(seconds=10 if loud else 300)
    assert [job.server_ids for job in jobs] == [tuple(servers(0, 3))]
    assert {each.verdict for each in execution.servers if each.wave == "db"} == {"LAUNCHED"}


def test_a_wave_whose_workflow_was_stopped_before_its_last_action_is_not_complete() -> None:
    group, db = wave("db", servers(0, 1))
    warm = {"name": "warm", "type": "ssm", "documentName": "Do-warm"}
    document = plan("one", (group, {**db, "postActions": [warm]}))
    with VirtualWorld(fleet(1)) as world:
        id_ = start(world, document)
        (workflow,) = world.interpreter.executions.values()
        world.until(
            lambda: any(child.states[-1:] == ["Run actions"] for child in workflow.children)
        )
        world.interpreter.stop(workflow.children[0].arn, None, "by mistake")
        world.until(lambda: not workflow.is_running)
        execution = world.orchestrator.read_executions.get(id_)

    assert [each.status for each in execution.waves] == ["PARTIAL"]
    assert execution.status == "PARTIAL"


def test_a_wave_that_cannot_be_looked_at_does_not_hide_one_that_died() -> None:
    document = plan("two", wave("dark", servers(0, 1)), wave("dead", servers(1, 1)))
    described = Counter[Process | None]()

    def keep_dark(call: Call) -> None:
        """Let the first wave that a look asks for have no answer, however often it is asked for."""
        if call.operation == "DescribeExecution":
            described[world.schedule.current] += 1
            if described[world.schedule.current] in range(2, 6):
                raise ConnectionClosedError(endpoint_url="states")

    with VirtualWorld(fleet(2)) as world:
        world.aws.event_bus.faults = EventBusFaults(lost_share=1.0)
        id_ = start(world, document)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: len(world.simulator.truth(*world.simulator.home).jobs) == 2)
        (dead,) = (child for child in workflow.children if child.input["wave"] == "dead")
        world.calls.before = keep_dark
        world.interpreter.stop(dead.arn, None, "by mistake")
        stopped_at = world.schedule.now()
        world.until_time(stopped_at + timedelta(minutes=5))
        execution = world.orchestrator.read_executions.get(id_)

    assert max(described.values()) >= 6
    assert {each.name: each.status for each in execution.waves} == {
        "dark": "RUNNING",
        "dead": "FAILED",
    }
