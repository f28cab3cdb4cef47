"""Whole executions in virtual time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import Faults, ServerFault, ServerFaultKind
from local.virtual.calls import Call, FunctionEnded
from local.virtual.surroundings import WorldBusy
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, add_other_account, run, start
from tests.simulation.strikes import no_answer
from tests.workflow.accounts import THERE, servers_at, spread_fleet, wave_at
from tests.workflow.laptop import fleet, plan, servers, wave

ROOT = Path(__file__).parents[3]
THREE_TIERS = plan(
    "three-tiers",
    wave("db", servers(0, 3)),
    wave("app", servers(3, 5), "db"),
    wave("web", servers(8, 4), "app"),
)


def test_a_drill_of_three_tiers_takes_half_an_hour_and_no_time() -> None:
    outcome = run(THREE_TIERS, fleet(12))

    assert outcome.waves() == {"db": "COMPLETED", "app": "COMPLETED", "web": "COMPLETED"}
    assert outcome.run.status == "SUCCEEDED"
    assert [len(job.server_ids) for job in outcome.truth.jobs] == [3, 5, 4]
    assert 1500 < outcome.simulated_seconds < 2500
    assert outcome.counts.quota_errors == 0
    assert outcome.counts.most_events < 300
    assert outcome.counts.largest_state_bytes < 1024


def test_one_seed_has_one_history_in_every_process() -> None:
    def history(seed: int, hash_seed: str) -> str:
        code = (
            "from tests.simulation.world.test_virtual_world import THREE_TIERS, fleet, run\n"
            f"print(run(THREE_TIERS, fleet(12), seed={seed}).chronicle)"
        )
        paths = os.pathsep.join([str(ROOT), str(ROOT / "functions")])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
        return subprocess.run(  # noqa: S603 - this very file
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        ).stdout

    assert history(3, "1") == history(3, "2")
    assert history(3, "1") != history(4, "1")


def test_two_runs_in_one_process_have_one_history() -> None:
    first, second = (run(THREE_TIERS, fleet(12), seed=5).chronicle for _ in range(2))

    assert first == second


def test_a_failed_server_is_launched_again_when_a_person_says_so() -> None:
    failing = ServerFault(servers(3, 1)[0], ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
    plan_of_two = plan(
        "asks",
        wave("db", servers(0, 3)),
        wave("app", servers(3, 5), "db", on_failure="ASK"),
    )

    def patient(person: Person) -> None:
        person.until_asked("app")
        person.rest(3600)
        person.decide("app", "RETRY")

    outcome = run(plan_of_two, fleet(8), faults=Faults(servers=[failing]), people=[patient])

    assert outcome.execution["status"] == "COMPLETED"
    assert [job.server_ids for job in outcome.truth.jobs][-1] == (servers(3, 1)[0],)


def test_a_function_that_dies_right_after_the_launch_launches_nothing_twice() -> None:
    with VirtualWorld(fleet(3)) as world:

        def die(call: Call) -> None:
            if call.operation == "StartRecovery" and world.calls.effects["drs.StartRecovery"] == 1:
                raise FunctionEnded

        world.calls.after = die
        execution_id = start(world, plan("one", wave("only", servers(0, 3))))
        (execution,) = world.interpreter.executions.values()
        world.until(lambda: not execution.is_running)
        status = world.orchestrator.read_executions.get(execution_id).status
        jobs = world.simulator.truth(*world.simulator.home).jobs

    assert status == "COMPLETED"
    assert len(jobs) == 1


def test_a_function_that_runs_too_long_is_killed_where_it_is_and_tried_again() -> None:
    with VirtualWorld(fleet(3)) as world:

        def hang(call: Call) -> None:
            if call.operation == "DescribeJobs" and world.calls.counts["drs.DescribeJobs"] == 2:
                world.schedule.sleep(3600)

        world.calls.before = hang
        execution_id = start(world, plan("one", wave("only", servers(0, 3))))
        (execution,) = world.interpreter.executions.values()
        world.until(lambda: not execution.is_running)
        status = world.orchestrator.read_executions.get(execution_id).status
        failures = [e.name for e in execution.children[0].history if e.type == "TaskFailed"]

    assert status == "COMPLETED"
    assert failures == ["Sandbox.Timedout"]


def test_a_drill_is_cleaned_up_as_a_person_asks() -> None:
    def tidy(person: Person) -> None:
        person.until(lambda execution: execution["status"] == "COMPLETED")
        person.clean_up()
        person.until(lambda execution: execution["cleanUp"]["status"] == "COMPLETED")

    outcome = run(plan("tidy", wave("only", servers(0, 3))), fleet(3), people=[tidy])

    assert [each.live for each in outcome.truth.instances] == [False] * 3


def test_a_drill_cleans_up_after_itself_when_its_plan_says_so() -> None:
    document = {**plan("tidy", wave("only", servers(0, 3))), "cleanUpAfterMinutes": 60}

    def onlooker(person: Person) -> None:
        person.until(
            lambda execution: (execution.get("cleanUp") or {}).get("status") == "COMPLETED"
        )

    outcome = run(document, fleet(3), people=[onlooker])

    assert [each.live for each in outcome.truth.instances] == [False] * 3


def create_plan_of(number: int, use: Orchestrator) -> None:
    """Create a plan of one server of the other account."""
    of_one = wave_at(THERE, f"wave-{number}", servers_at(THERE, 1, number))
    use.recovery_plans.create(RecoveryPlanDocument.model_validate(plan(f"plan-{number}", of_one)))


def test_whoever_waits_for_the_role_of_an_account_gets_it_though_an_answer_was_lost() -> None:
    with VirtualWorld(spread_fleet()) as world:
        world.do(add_other_account)

        def lose(call: Call) -> None:
            if call.service == "sts" and world.calls.effects["sts.AssumeRole"] == 1:
                raise no_answer(call)

        world.calls.after = lose
        world.at(0, partial(create_plan_of, 0))
        world.at(0, partial(create_plan_of, 1))
        world.until_time(world.schedule.now() + timedelta(minutes=1))
        created = world.orchestrator.recovery_plans.page(10).items

    assert {each.name for each in created} == {"plan-0", "plan-1"}
    assert world.calls.effects["sts.AssumeRole"] == 2


def test_a_process_belongs_to_one_world_at_a_time() -> None:
    with VirtualWorld(fleet(1)), pytest.raises(WorldBusy), VirtualWorld(fleet(1)):
        raise AssertionError("two worlds in one process")
