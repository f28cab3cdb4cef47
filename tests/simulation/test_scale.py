"""Large runs in virtual time, a tenth of what is promised; `make scale` runs all of it."""

from __future__ import annotations

from local.bench.scale import large_plan, run_large_plan, run_many_executions


def test_a_plan_over_three_accounts_with_one_large_wave_runs_to_its_end() -> None:
    scale = run_large_plan(servers=400, waves=40, largest=120, accounts=3)

    assert scale.shortcomings() == []


def test_many_executions_at_once_share_the_quotas_of_one_account() -> None:
    scale = run_many_executions(executions=25)

    assert len(scale.statuses) == 25
    assert scale.shortcomings() == []


def test_the_large_plan_has_the_servers_and_waves_that_are_promised() -> None:
    document, inventory = large_plan(4_000, 200, 1_000, 4)
    sizes = [len(group["sourceServerIds"]) for group in document["protectionGroups"]]

    assert len(document["waves"]) == len(sizes) == 200
    assert sum(sizes) == len(inventory["items"]) == 4_000
    assert max(sizes) == 1_000
    assert len({group["accountId"] for group in document["protectionGroups"]}) == 4
