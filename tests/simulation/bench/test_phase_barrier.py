"""What the benchmark says of a DRS in which the servers of a job change phases together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.bench.bound import LaunchWave, lower_bound_seconds
from local.bench.campaign import Campaign, trial_of
from local.bench.goals import goals
from local.bench.luck import draw_job_seconds, draw_luck
from local.bench.measure import measure
from local.bench.oracle import oracle_seconds
from local.bench.page import page
from local.bench.plans import Json, plan_named
from local.drs.draws import Draws

SEED = 1


def waves_of(name: str) -> list[LaunchWave]:
    """Return the waves of one of the ten plans."""
    plan = plan_named(name)
    return [
        LaunchWave(wave.name, tuple(plan.server_ids[wave.name]), wave.depends_on)
        for wave in plan.waves
    ]


def test_a_job_lasts_as_long_as_the_slowest_server_of_each_phase_one_after_the_other() -> None:
    trial = replace(trial_of(plan_named("3tier-12")), phase_barrier=True)
    ids = plan_named("3tier-12").server_ids["app"]
    draws = [Draws(SEED, each, 1) for each in ids]
    slowest = [
        max(each.snapshot(lagging=False) for each in draws),
        max(each.conversion_boot() for each in draws),
        max(each.conversion(windows=False, extra_disks=0) for each in draws),
        max(each.launch(windows=False) for each in draws),
    ]

    drawn = draw_job_seconds(trial.inventory, [ids], seed=SEED, behaviour=trial.behaviour)

    # Besides: start and end of the job, the gap before the launch, at most 0.1 s at each gate.
    assert 0.3 + 0.5 + 2 < drawn[frozenset(ids)] - sum(slowest) < 0.5 + 0.7 + 3 + 4 * 0.1
    luck = draw_luck(trial.inventory, seed=SEED, behaviour=trial.behaviour)
    assert drawn[frozenset(ids)] > max(luck[each].course_seconds for each in ids) + 3.5


def test_a_job_of_one_server_waits_for_nobody() -> None:
    trial = replace(trial_of(plan_named("3tier-12")), phase_barrier=True)
    luck = draw_luck(trial.inventory, seed=SEED, behaviour=trial.behaviour)

    drawn = draw_job_seconds(
        trial.inventory, [[each] for each in luck], seed=SEED, behaviour=trial.behaviour
    )

    for server_id, alone in luck.items():
        expected = alone.start_seconds + alone.course_seconds + alone.tail_seconds
        assert drawn[frozenset([server_id])] == pytest.approx(expected, abs=1e-5)


def test_the_oracle_knows_the_barrier_and_what_is_left_is_the_products_own_time() -> None:
    trial = trial_of(plan_named("6x50"))

    without, with_it = (measure(replace(trial, phase_barrier=each)) for each in (False, True))

    assert with_it.lower_bound_seconds == without.lower_bound_seconds
    assert with_it.oracle_seconds > 1.03 * without.oracle_seconds
    assert with_it.oracle_seconds <= with_it.blind_oracle_seconds < with_it.makespan_seconds
    assert with_it.makespan_seconds < 1.01 * with_it.oracle_seconds
    # Twice as many jobs, and nothing else would have to wait for them.
    assert with_it.best_cut_oracle_seconds < with_it.oracle_seconds
    assert without.best_cut_oracle_seconds == without.oracle_seconds


def test_without_the_barrier_the_oracle_is_what_it_is_for_servers_alone() -> None:
    trial, waves = trial_of(plan_named("diamond-100")), waves_of("diamond-100")
    luck = draw_luck(trial.inventory, seed=SEED, behaviour=trial.behaviour)

    def slowest(server_ids: object) -> float:
        assert isinstance(server_ids, list)
        return max(luck[each].course_seconds for each in server_ids)

    bare = oracle_seconds(waves, luck, job_seconds=slowest)

    assert bare < lower_bound_seconds(waves, luck) <= oracle_seconds(waves, luck)


@pytest.fixture(scope="module")
def report() -> Iterator[Json]:
    plans = [plan_named(name) for name in ("3tier-12", "diamond-100")]
    with Campaign(processes=1) as campaign:
        yield campaign.of_plans(plans, 1, policy_seeds=0, modes=["DRILL"], barrier_seeds=1)


def test_every_goal_stands_beside_what_it_would_be_with_the_barrier(report: Json) -> None:
    table = page(report).partition("## Goals")[2].partition("##")[0].splitlines()

    rows = [line.split("|")[1:-1] for line in table if line.startswith("| drill, ")]
    assert len(rows) == len(list(goals(report)))
    mean = next(row for row in rows if row[0].strip() == "drill, geometric mean ratio")
    limit, measured, product, oracle = (
        float(mean[i].replace("≤", "").replace("*", "")) for i in (1, 2, 4, 5)
    )
    assert measured <= limit < oracle < product < oracle + 0.01
    events = next(row for row in rows if row[0].strip() == "drill, quota errors")
    assert [each.strip() for each in events[4:]] == ["0", ""]
    assert "Of\nthe 4 ratios to the bound the product then misses 4, and that oracle 4." in page(
        report
    )


def test_the_barrier_has_a_section_of_its_own(report: Json) -> None:
    _, _, section = page(report).partition("## DRILL with the phase barrier")

    (row,) = (line for line in section.splitlines() if line.startswith("| diamond-100 |"))
    mean, _, oracle, blind, over, over_blind, best = (float(each) for each in row.split("|")[2:-1])
    assert mean > oracle > best >= 1
    assert blind == oracle
    assert over == over_blind == pytest.approx(mean / oracle, abs=0.002)
    assert report["phaseBarrier"]["diamond-100"]["ratio"]["mean"] == pytest.approx(mean, abs=0.001)


def test_without_such_runs_the_page_has_nothing_of_them(report: Json) -> None:
    modes = {
        mode: {name: value for name, value in each.items() if name != "phaseBarrier"}
        for mode, each in report["modes"].items()
    }

    told = page({**report, "modes": modes, "barrierSeeds": 0})

    assert "with the phase barrier" not in told
    assert "| goal | limit | measured | met |\n" in told
