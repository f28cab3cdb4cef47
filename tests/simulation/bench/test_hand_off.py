"""From the end of a wave's job to the launch of the wave that waits for it, in virtual time."""

from __future__ import annotations

import pytest

from local.deployment import Json
from local.drs import Faults, Quotas
from local.events import DrsEventFaults
from local.faults_file import FaultsFile
from local.functions import Invocation
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Outcome, run, start
from tests.workflow.laptop import fleet, plan, servers, servers_launched_twice, wave

TWO_WAVES = plan("shop", wave("first", servers(0, 5)), wave("second", servers(5, 1), "first"))
SEEDS = range(4)


def told(**faults: float) -> FaultsFile:
    """Return DRS's events with these faults, and no others."""
    return FaultsFile(drs_events=DrsEventFaults(**faults))


def drill(seed: int, events: FaultsFile) -> Outcome:
    """Run the two waves to their end."""
    return run(TWO_WAVES, fleet(6), seed=seed, other_faults=events)


def hand_off_seconds(outcome: Outcome) -> float:
    """Return how long after the first wave's job the second was launched."""
    first, second = outcome.truth.jobs
    assert first.ended_at is not None
    return (second.created_at - first.ended_at).total_seconds()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("latency_seconds", [0.1, 5.0])
def test_a_wave_is_launched_seconds_after_the_one_it_waits_for(
    seed: int, latency_seconds: float
) -> None:
    """The event of the last server often comes while its job still runs."""
    outcome = drill(seed, told(latency_seconds=latency_seconds))

    assert outcome.waves() == {"first": "COMPLETED", "second": "COMPLETED"}
    assert hand_off_seconds(outcome) < 4 + latency_seconds


@pytest.mark.parametrize(
    "faults",
    [
        {"lost_share": 1.0},
        {"duplicated_share": 1.0, "latency_seconds": 0.1},
        {"extra_delay_seconds": 600.0},
    ],
    ids=["lost", "doubled", "late"],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_lost_late_and_doubled_events_change_nothing_but_time(
    seed: int, faults: dict[str, float]
) -> None:
    outcome = drill(seed, told(**faults))

    assert outcome.waves() == {"first": "COMPLETED", "second": "COMPLETED"}
    assert servers_launched_twice(outcome.truth.jobs) == []
    assert hand_off_seconds(outcome) < 35


def test_functions_that_die_while_they_wait_for_a_job_cost_time_only() -> None:
    died: list[float] = []
    with VirtualWorld(fleet(6), seed=1, other_faults=told(latency_seconds=0.1)) as world:

        def die(call: Call) -> None:
            if call.caller == "LaunchResultFunction" and call.operation == "DescribeJobs":
                died.append(world.schedule.elapsed_seconds)
                raise FunctionEnded

        world.calls.before = die
        start(world, TWO_WAVES)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: not workflow.is_running)
        jobs = world.simulator.truth(*world.simulator.home).jobs

    assert died
    assert workflow.status == "SUCCEEDED"
    assert [len(job.server_ids) for job in jobs] == [5, 1]


def test_one_function_alone_waits_for_the_end_of_a_job() -> None:
    """All servers of a job may end together: a crowd of functions at rest would be paid for."""
    billed_seconds: list[float] = []

    def meter(invocation: Invocation) -> Json:
        began = world.schedule.elapsed_seconds
        answer: Json = invocation.proceed()
        if invocation.function.handler.endswith("launch_result.handler"):
            billed_seconds.append(world.schedule.elapsed_seconds - began)
        return answer

    doubled = told(duplicated_share=1.0, latency_seconds=0.1)
    with VirtualWorld(fleet(6), seed=1, other_faults=doubled, invoker=meter) as world:
        start(world, TWO_WAVES)
        (workflow,) = world.interpreter.executions.values()
        world.until(lambda: not workflow.is_running)

    assert len(billed_seconds) == 12
    assert sum(seconds > 1 for seconds in billed_seconds) <= 2
    # Far from the 120 s after which Lambda would end it.
    assert max(billed_seconds) < 80


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_event_of_a_job_may_get_lost_without_loss_of_time(seed: int) -> None:
    """Whoever hears of the last server but one waits for the last one."""
    heard = 0

    def lose_the_fifth(invocation: Invocation) -> Json:
        nonlocal heard
        if invocation.function.handler.endswith("launch_result.handler"):
            heard += 1
            if heard == 5:
                return None
        answer: Json = invocation.proceed()
        return answer

    outcome = run(
        TWO_WAVES,
        fleet(6),
        seed=seed,
        other_faults=told(latency_seconds=0.1),
        invoker=lose_the_fifth,
    )

    assert heard == 6
    assert hand_off_seconds(outcome) < 4


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chain_does_not_lose_its_room_to_waves_with_nothing_behind_them(seed: int) -> None:
    """Three jobs at a time: a chain of four waves, and eight that could take its room."""
    chain = [wave(f"chain{i}", servers(i, 1), *([f"chain{i - 1}"] if i else [])) for i in range(4)]
    bulk = [wave(f"bulk{i}", servers(4 + i, 1)) for i in range(8)]

    outcome = run(
        plan("mix", *chain, *bulk), fleet(12), seed=seed, faults=Faults(quotas=Quotas(jobs=3))
    )

    jobs = {job.tags["drsorc:wave"]: job for job in outcome.truth.jobs}
    # The last of the chain has nothing behind it either: it comes after those who queue already.
    for first, second in (("chain0", "chain1"), ("chain1", "chain2")):
        ended_at = jobs[first].ended_at
        assert ended_at is not None
        assert (jobs[second].created_at - ended_at).total_seconds() < 10


def test_waves_that_waited_for_the_same_one_are_launched_together() -> None:
    """They seek room in one decision: DRS is asked for its jobs once, not once for each."""
    behind = [wave(f"behind{i}", servers(1 + i, 1), "first") for i in range(8)]

    outcome = run(plan("fan", wave("first", servers(0, 1)), *behind), fleet(9), seed=1)

    began = sorted(job.created_at for job in outcome.truth.jobs)
    assert (began[-1] - began[1]).total_seconds() < 1
