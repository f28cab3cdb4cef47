"""Large runs in virtual time, smaller than what is promised; `make scale` runs all of it."""

from __future__ import annotations

from tests.simulation.scale import large_plan, run_large_plan, run_many_executions
from tests.simulation.scenarios import run
from tests.workflow.laptop import fleet, plan, servers, servers_launched_twice, wave


def test_a_plan_over_three_accounts_with_one_large_wave_runs_to_its_end() -> None:
    scale = run_large_plan(servers=400, waves=40, largest=120, accounts=3)

    assert scale.shortcomings() == []


def test_many_executions_at_once_share_the_quotas_of_one_account() -> None:
    scale = run_many_executions(executions=50)

    assert len(scale.statuses) == 50
    assert scale.shortcomings() == []


def test_the_large_plan_has_the_servers_and_waves_that_are_promised() -> None:
    document, inventory = large_plan(4_000, 200, 1_000, 4)
    sizes = [len(group["sourceServerIds"]) for group in document["protectionGroups"]]

    assert len(document["waves"]) == len(sizes) == 200
    assert sum(sizes) == len(inventory["items"]) == 4_000
    assert max(sizes) == 1_000
    assert len({group["accountId"] for group in document["protectionGroups"]}) == 4


def test_the_state_stays_small_with_a_thousand_servers_in_forty_waves() -> None:
    names = [f"wave-{n:02d}-{'x' * 40}" for n in range(40)]
    waves = [wave(names[0], servers(0, 600))]
    waves += [
        wave(names[n], servers(600 + (n - 1) * 10, 10), *([names[n - 20]] if n > 20 else []))
        for n in range(1, 40)
    ]
    outcome = run(plan("thousand", *waves), fleet(1000), watch_every=25)
    launched = [each for job in outcome.truth.jobs for each in job.server_ids]

    assert outcome.execution["status"] == "COMPLETED"
    assert sorted(launched) == servers(0, 990)
    assert servers_launched_twice(outcome.truth.jobs) == []
    assert outcome.counts.largest_state_bytes <= 16 * 1024
    assert outcome.counts.quota_errors == 0
