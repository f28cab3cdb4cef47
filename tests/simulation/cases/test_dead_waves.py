"""A wave whose own workflow dies, as each wave may on AWS, and nobody is told of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectionClosedError

from local.ec2 import Ec2Faults
from local.events.bus import EventBusFaults
from local.faults_file import FaultsFile
from local.ssm import DocumentScript
from local.virtual.calls import Call, FunctionEnded
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.stories.story import having
from tests.simulation.watch import Watch
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave


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


_SICK = FaultsFile(ec2=Ec2Faults(instance_impaired=frozenset({server_id(0)})))
_FULL = FaultsFile(documents={"Do-warm": [DocumentScript(status="Failed", failure_message="full")]})
_CHECKED = {"healthCheck": {"ec2Status": True, "deadlineMinutes": 10}}
_WARM = {"name": "warm", "type": "ssm", "documentName": "Do-warm", "onFailure": "ASK"}


@pytest.mark.parametrize(
    ("members", "faults", "when"),
    [
        ({**_CHECKED, "onFailure": "ASK"}, _SICK, "AWAITING_DECISION"),
        ({**_CHECKED, "onFailure": "STOP"}, _SICK, "VERIFYING"),
        ({"postActions": [_WARM]}, _FULL, "AWAITING_DECISION"),
    ],
    ids=["sick, and asks", "is checked", "an action failed"],
)
def test_a_dead_wave_that_was_known_to_be_broken_is_failed_and_nothing_starts_on_it(
    members: Json, faults: FaultsFile, when: str
) -> None:
    document = plan(
        "two", having(wave("db", servers(0, 1)), **members), wave("app", servers(1, 1), "db")
    )
    with VirtualWorld(fleet(2), other_faults=faults) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, document)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: _status(world, id_) == when)
        world.interpreter.stop(workflow.children[0].arn, None, "by mistake")
        world.until(lambda: not workflow.is_running)
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)

    assert [each.status for each in execution.waves] == ["FAILED", "SKIPPED"]
    assert execution.status == "FAILED"


def _status(world: VirtualWorld, execution_id: str) -> str | None:
    waves = world.orchestrator.read_executions.get(execution_id).waves
    return waves[0].status if waves else None


def test_the_stop_of_a_dead_wave_is_not_lost_with_whoever_ends_it() -> None:
    document = plan(
        "three",
        having(wave("bad", servers(0, 1)), onFailure="STOP"),
        wave("slow", servers(1, 1)),
        wave("web", servers(2, 1), "slow"),
    )
    deaths: list[Call] = []
    with VirtualWorld(fleet(3)) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, document)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: bool(world.simulator.truth(*world.simulator.home).jobs))

        def die(call: Call) -> None:
            """Die as soon as the wave has its verdict."""
            if not deaths and collect(world).executions[id_].waves["bad"]["status"] == "FAILED":
                deaths.append(call)
                raise FunctionEnded

        world.calls.after = die
        (bad,) = (child for child in workflow.children if child.input["wave"] == "bad")
        world.interpreter.stop(bad.arn, None, "by mistake")
        world.until(lambda: not workflow.is_running)
        watch.at_the_end()
        execution = world.orchestrator.read_executions.get(id_)

    assert deaths
    assert {each.name: each.status for each in execution.waves} == {
        "bad": "FAILED",
        "slow": "COMPLETED",
        "web": "SKIPPED",
    }


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
