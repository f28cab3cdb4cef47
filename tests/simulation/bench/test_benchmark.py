"""The benchmark's ruler, and three of its plans with five seeds each."""

from __future__ import annotations

import json
import multiprocessing
import resource
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from drs_orchestrator.domain.quota import Limits
from local.arguments import CannotTry
from local.bench.bound import LaunchWave, lower_bound_seconds
from local.bench.campaign import MODES, Campaign, Series, trial_of
from local.bench.figures import Figures
from local.bench.goals import MOST_EVENTS_IN_A_STUCK_WEEK, goals
from local.bench.kept import KeptRuns
from local.bench.luck import Luck, draw_luck
from local.bench.oracle import oracle_seconds
from local.bench.page import page
from local.bench.plans import PLANS, PlanShape, plan_named
from local.bench.policies import Policy
from local.bench.stuck import events_in_a_full_week, events_in_a_stuck_week
from local.bench.summary import percentile
from local.bench.trial import InventoryUnusable, Trial
from local.bench.work import calls_per_request
from local.bench.workers import CampaignEnded
from local.drs.state import Scope

GOLDEN = Path(__file__).parent / "golden_counts.json"
SMOKE = ("3tier-12", "diamond-100", "all300")
SEEDS = 5
HOME = Scope("111122223333", "us-west-2")


def lucks(*seconds: float) -> dict[str, Luck]:
    """Return servers s0, s1, ... whose courses take so long, in jobs without start or tail."""
    return {f"s{i}": Luck(HOME, 0.0, each, 0.0) for i, each in enumerate(seconds)}


def test_the_ten_plans_have_the_servers_that_their_names_promise() -> None:
    counted = [plan.server_count for plan in PLANS]

    assert counted == [12, 300, 1000, 100, 200, 300, 600, 1020, 1000, 160]


def test_the_bound_is_the_longest_path_where_quotas_have_room() -> None:
    waves = [
        LaunchWave("db", ("s0", "s1"), ()),
        LaunchWave("app", ("s2",), ("db",)),
        LaunchWave("batch", ("s3",), ()),
    ]

    assert lower_bound_seconds(waves, lucks(100, 200, 50, 220)) == 250


def test_the_bound_counts_jobs_that_must_share_a_slot() -> None:
    waves = [LaunchWave(f"w{i}", (f"s{i}",), ()) for i in range(3)]
    two_jobs = Limits(jobs=2)

    bound = lower_bound_seconds(waves, lucks(100, 200, 300), two_jobs)

    # The two shortest share a slot; each is a job that starts and ends.
    assert bound == pytest.approx(300 + 2 * 2.3)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_no_schedule_beats_the_bound_and_the_oracle_comes_close(plan: PlanShape) -> None:
    trial = trial_of(plan)
    luck = draw_luck(trial.inventory, seed=1, behaviour=trial.behaviour)
    waves = [
        LaunchWave(wave.name, tuple(plan.server_ids[wave.name]), wave.depends_on)
        for wave in plan.waves
    ]

    bound = lower_bound_seconds(waves, luck)

    assert 1 <= oracle_seconds(waves, luck) / bound < 1.05
    assert oracle_seconds(waves, luck, foresight=False) >= bound


def test_policies_differ_in_nothing_but_the_dependencies() -> None:
    document = plan_named("diamond-100").document()
    depends_on = {
        policy: {wave["name"]: wave["dependsOn"] for wave in policy.plan(document)["waves"]}
        for policy in Policy
    }

    assert depends_on[Policy.SEQUENTIAL] == {"a": [], "b": ["a"], "c": ["b"], "d": ["c"]}
    assert depends_on[Policy.LEVELS] == {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    assert depends_on[Policy.DATAFLOW] == depends_on[Policy.JOB_PER_SERVER]


def test_percentiles_are_values_that_were_seen() -> None:
    assert percentile([3, 1, 2, 4], 50) == 2
    assert percentile(list(range(100)), 95) == 94


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    with Campaign(processes=1) as running:
        yield running


@pytest.mark.parametrize("mode", MODES)
def test_counts_are_exactly_those_of_the_golden_file(campaign: Campaign, mode: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    # `make bench-golden` writes them anew; commit them with the change that explains them.
    assert campaign.golden(PLANS, [mode]) == {mode: golden[mode]}


def test_recovery_stays_close_to_the_bound_with_and_without_events(campaign: Campaign) -> None:
    plans = [plan_named(name) for name in SMOKE]

    report = campaign.of_plans(plans, SEEDS, policy_seeds=0, modes=["DRILL"])

    assert [goal for goal in goals(report) if not goal.is_met] == []
    assert report["modes"]["DRILL"]["overall"]["geometricMeanRatio"] > 1


def test_a_recovery_of_many_small_waves_stays_close_to_a_schedule_that_needs_no_time(
    campaign: Campaign,
) -> None:
    """The plan that lies farthest above the bound: chance, not the product, has the most of it."""
    plan = plan_named("wide-30x20")

    report = campaign.of_plans([plan], 1, policy_seeds=0, modes=["RECOVERY"])["modes"]["RECOVERY"]

    blind = report["plans"][plan.name]["blindOracleRatio"]["mean"]
    assert report["plans"][plan.name]["ratio"]["mean"] < 1.01 * blind
    assert report["eventsLost"][plan.name]["ratio"]["mean"] < 1.02 * blind


def test_a_campaign_that_was_cut_short_goes_on_where_it_stood(tmp_path: Path) -> None:
    path, trial = tmp_path / "runs.jsonl", trial_of(plan_named("3tier-12"))
    with closing(KeptRuns(path)) as kept, Campaign(processes=1, kept=kept) as first:
        measured = first.series(trial, 1)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"sources": "those of yesterday"}\n{"sour')  # a line that was cut off

    with closing(KeptRuns(path)) as kept, Campaign(processes=1, kept=kept) as second:
        assert kept.count == 1
        assert [kept.get(trial)] == measured
        assert kept.get(replace(trial, seed=1)) is None
        assert second.series(trial, 1) == measured
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


def test_what_runs_when_a_campaign_fails_gives_up_and_nobody_is_killed() -> None:
    large, small = trial_of(plan_named("mix-1020")), trial_of(plan_named("3tier-12"))
    others = multiprocessing.active_children()
    campaign = Campaign(processes=2)
    workers = [each for each in multiprocessing.active_children() if each not in others]
    runs_on = campaign.begin(large, 1)

    def fail() -> None:
        with campaign:
            campaign.series(small, 1)  # in the other process
            campaign.series(replace(small, inventory={"items": [{"sourceServerID": "no id"}]}), 1)

    with pytest.raises(InventoryUnusable):
        fail()
    with pytest.raises(CampaignEnded):
        runs_on()
    assert [worker.exitcode for worker in workers] == [0, 0]


class Full(KeptRuns):
    """A file on a disk that takes no more."""

    def keep(self, trial: Trial, figures: Figures) -> None:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
        try:
            super().keep(trial, figures)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_campaign_that_can_keep_nothing_more_ends(tmp_path: Path) -> None:
    small, large = trial_of(plan_named("3tier-12")), trial_of(plan_named("mix-1020"))

    def measure() -> None:
        with (
            closing(Full(tmp_path / "runs.jsonl")) as kept,
            Campaign(processes=1, kept=kept) as campaign,
        ):
            first, second = campaign.begin(small, 1), campaign.begin(large, 9)
            first()
            second()

    with pytest.raises(CannotTry, match=r"runs.jsonl: not written: File too large; make room"):
        measure()


def test_runs_are_kept_for_one_benchmark_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    with closing(KeptRuns(path)), pytest.raises(CannotTry, match="another benchmark writes it"):
        KeptRuns(path)
    KeptRuns(path).close()


def test_all_runs_have_begun_before_one_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Trial, int]] = []

    def stopped() -> NoReturn:
        raise KeyboardInterrupt

    def begin(trial: Trial, seeds: int) -> Series:
        begun.append((trial, seeds))
        return stopped

    with Campaign(processes=1) as campaign:
        monkeypatch.setattr(campaign, "begin", begin)
        with pytest.raises(KeyboardInterrupt):
            campaign.of_plans([plan_named("3tier-12")], 7, policy_seeds=3, barrier_seeds=7)

    # Two modes, with events and without, with and without the barrier; four policies in each mode.
    assert len(begun) == 2 * 2 * 2 + 4 * 2
    compared = [(trial.execution_type, seeds) for trial, seeds in begun if seeds != 7]
    assert compared == [("DRILL", 3)] * 4 + [("RECOVERY", 1)] * 4


def test_other_policies_stand_on_the_page_in_both_modes(campaign: Campaign) -> None:
    report = campaign.of_plans([plan_named("diamond-100")], 1, policy_seeds=2)

    for mode in MODES:
        _, _, section = page(report).partition(f"## Other policies on the same plans, {mode}")
        heads, _, row = (line for line in section.splitlines()[:9] if line.startswith("|"))
        assert heads == "| plan | dataflow | sequential | levels | jobPerServer |"
        name, shipped, sequential, _, single = row.strip("| ").split(" | ")
        assert name == "diamond-100"
        assert 1 < float(shipped) < 1.02 < float(sequential) < float(single)


def test_a_week_of_a_job_that_hangs_fits_into_a_history() -> None:
    assert events_in_a_stuck_week(asks=False) <= MOST_EVENTS_IN_A_STUCK_WEEK


def test_a_week_without_room_in_drs_fits_too() -> None:
    assert events_in_a_full_week() <= MOST_EVENTS_IN_A_STUCK_WEEK


def test_a_plan_costs_as_many_calls_whatever_its_servers_and_an_execution_few_for_each() -> None:
    calls = calls_per_request()

    assert calls["plan of 12 servers"] < 1500
    assert abs(calls["plan of 300 servers"] - calls["plan of 12 servers"]) < 20
    more = calls["execution of 300 servers"] - calls["execution of 12 servers"]
    assert more < 20 * (300 - 12)
