"""DRS quotas: chunks, queue and ledger; a full DRS delays, it never fails a recovery."""

from __future__ import annotations

from pathlib import Path

from local.drs import Behaviour, CallFault, CallFaultKind, Faults, JobTruth
from local.drs.faults import Quotas
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    servers_launched_twice,
    verdicts,
    wave,
)

REFUSED = "ServiceQuotaExceededException"


def most_at_once(jobs: list[JobTruth]) -> tuple[int, int]:
    """Return the largest number of jobs, and of servers in them, that ever ran together."""
    moments = [job.created_at for job in jobs]
    running = [
        [job for job in jobs if job.created_at <= at and (not job.ended_at or at < job.ended_at)]
        for at in moments
    ]
    return (
        max(len(some) for some in running),
        max(sum(len(job.server_ids) for job in some) for some in running),
    )


def test_a_wave_larger_than_a_job_is_cut_into_balanced_chunks(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(250)) as running:
        execution = running.run(running.apply(plan("large", wave("only", servers(0, 250)))))
        jobs = running.launches()

    assert execution["status"] == "COMPLETED"
    assert sorted(len(job.server_ids) for job in jobs) == [83, 83, 84]
    assert servers_launched_twice(jobs) == []
    assert {job.tags["drsorc:chunk"] for job in jobs} == {"0", "1", "2"}


def test_waves_beyond_twenty_jobs_queue_and_the_longest_path_goes_first(tmp_path: Path) -> None:
    waves = [wave(f"bulk-{n:02d}", servers(n, 1)) for n in range(24)]
    chain = [wave("zz-first", servers(24, 1)), wave("zz-second", servers(25, 1), "zz-first")]
    with laptop(tmp_path, fleet(26)) as running:
        execution = running.run(running.apply(plan("wide", *waves, *chain)))
        jobs = running.launches()
        outcomes = running.outcomes("StartRecovery")

    assert execution["status"] == "COMPLETED"
    assert REFUSED not in outcomes
    assert most_at_once(jobs)[0] <= 20
    first_twenty = {job.tags["drsorc:wave"] for job in jobs[:20]}
    assert "zz-first" in first_twenty


def test_servers_in_jobs_stay_within_five_hundred_across_executions(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(900)) as running:
        running.simulator.behaviour = Behaviour(job_size_growth=0)
        started = [
            running.start(running.apply(plan(f"p{n}", wave(f"w{n}", servers(n * 300, 300)))))
            for n in range(3)
        ]
        executions = [running.ended(each) for each in started]
        jobs = running.launches()
        outcomes = running.outcomes("StartRecovery")

    assert [each["status"] for each in executions] == ["COMPLETED"] * 3
    assert REFUSED not in outcomes
    assert servers_launched_twice(jobs) == []
    assert most_at_once(jobs)[1] <= 500


def test_jobs_of_others_count(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(30)) as running:
        for number in range(19):
            running.simulator.call(
                "StartRecovery",
                {"sourceServers": [{"sourceServerID": server_id(number)}], "isDrill": True},
                account_id=ACCOUNT,
                region=REGION,
            )
        waves = [wave(f"w{n}", servers(20 + n, 1)) for n in range(4)]
        execution = running.run(running.apply(plan("beside", *waves)))
        outcomes = running.outcomes("StartRecovery")

    assert execution["status"] == "COMPLETED"
    assert outcomes == ["OK"] * (19 + 4)


def test_a_quota_that_drs_enforces_earlier_than_known_queues_and_does_not_fail(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        running.service_quotas.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED))
        running.simulator.faults = Faults(quotas=Quotas(jobs=1))
        waves = [wave(f"w{n}", servers(n, 1)) for n in range(4)]
        execution = running.run(running.apply(plan("tight", *waves)))
        jobs = running.launches()
        outcomes = running.outcomes("StartRecovery")

    assert execution["status"] == "COMPLETED"
    assert set(verdicts(execution).values()) == {"COMPLETED"}
    assert REFUSED in outcomes
    assert len(jobs) == 4
    assert most_at_once(jobs)[0] == 1


def test_the_limits_that_service_quotas_tells_are_kept(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(9)) as running:
        running.simulator.faults = Faults(
            quotas=Quotas(jobs=2, servers_per_job=3, servers_in_jobs=5)
        )
        waves = [wave("large", servers(0, 7)), wave("small", servers(7, 2))]
        execution = running.run(running.apply(plan("told", *waves)))
        jobs = running.launches()
        outcomes = running.outcomes("StartRecovery")

    assert execution["status"] == "COMPLETED"
    assert sorted(len(job.server_ids) for job in jobs) == [2, 2, 2, 3]
    assert outcomes == ["OK"] * 4
    assert most_at_once(jobs) <= (2, 5)
