"""The drawn future of a job."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.clock import ManualClock
from local.drs import Behaviour, JobTruth, Simulator

ACCOUNT, REGION = "111122223333", "us-west-2"
SERVERS = [f"s-5{number:016x}" for number in range(60)]


def _simulator(seed: int = 0, behaviour: Behaviour | None = None) -> tuple[Simulator, ManualClock]:
    clock = ManualClock()
    simulator = Simulator(clock, seed=seed, behaviour=behaviour)
    arn = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/"
    items = [{"sourceServerID": server_id, "arn": arn + server_id} for server_id in SERVERS]
    simulator.load_inventory({"items": items})
    return simulator, clock


def _start(simulator: Simulator, *server_ids: str) -> str:
    requested = [{"sourceServerID": server_id} for server_id in server_ids]
    params = {"sourceServers": requested, "isDrill": True}
    answer = simulator.call("StartRecovery", params, account_id=ACCOUNT, region=REGION)
    return str(answer["job"]["jobID"])


def _launched_at(simulator: Simulator, clock: ManualClock) -> dict[str, timedelta]:
    begin = clock.now()
    clock.advance(86_400)
    return {
        instance.source_server_id: instance.launched_at - begin
        for instance in simulator.truth(ACCOUNT, REGION).instances
    }


def _only_job(simulator: Simulator) -> JobTruth:
    (job,) = simulator.truth(ACCOUNT, REGION).jobs
    return job


def test_the_same_seed_gives_the_same_ids_and_times() -> None:
    snapshots = []
    for _ in range(2):
        simulator, _ = _simulator(seed=7)
        _start(simulator, *SERVERS[:5])
        snapshots.append(simulator.snapshot())
    assert snapshots[0] == snapshots[1]


def test_another_seed_gives_other_ids_and_times() -> None:
    jobs = []
    for seed in (1, 2):
        simulator, clock = _simulator(seed)
        _start(simulator, *SERVERS[:5])
        clock.advance(86_400)
        jobs.append(_only_job(simulator))
    assert jobs[0].job_id != jobs[1].job_id
    assert jobs[0].ended_at != jobs[1].ended_at


def test_a_server_meets_the_same_luck_in_any_job() -> None:
    independent = Behaviour(job_size_growth=0, phase_barrier=False)
    alone, alone_clock = _simulator(behaviour=independent)
    for server_id in SERVERS[:3]:
        _start(alone, server_id)
    together, together_clock = _simulator(behaviour=independent)
    _start(together, *SERVERS[:3])
    one_by_one = _launched_at(alone, alone_clock)
    at_once = _launched_at(together, together_clock)
    # Only the job's own start, drawn from one of its servers, may differ: 0.2 seconds.
    for server_id in SERVERS[:3]:
        assert abs(one_by_one[server_id] - at_once[server_id]) < timedelta(seconds=0.25)


def _launch_time(simulator: Simulator, job_id: str) -> timedelta:
    params = {"jobID": job_id}
    log = simulator.call("DescribeJobLogItems", params, account_id=ACCOUNT, region=REGION)
    times = {item["event"]: datetime.fromisoformat(item["logDateTime"]) for item in log["items"]}
    return times["LAUNCH_END"] - times["LAUNCH_START"]


def test_the_second_launch_of_a_server_draws_anew() -> None:
    simulator, clock = _simulator()
    durations = []
    for _ in range(2):
        job_id = _start(simulator, SERVERS[0])
        clock.advance(86_400)
        durations.append(_launch_time(simulator, job_id))
    assert durations[0] != durations[1]


def test_a_large_job_takes_longer_for_each_server_but_never_more_than_twice() -> None:
    times = {}
    for growth in (0.0, 0.019, 5.0):
        behaviour = Behaviour(job_size_growth=growth, phase_barrier=False)
        simulator, clock = _simulator(behaviour=behaviour)
        _start(simulator, *SERVERS[:25])
        times[growth] = max(_launched_at(simulator, clock).values())
    assert 1.3 < times[0.019] / times[0.0] < 1.456
    assert 1.7 < times[5.0] / times[0.0] <= 2.0


def test_a_job_never_seen_again_still_ends() -> None:
    simulator, clock = _simulator()
    _start(simulator, SERVERS[0])
    assert _only_job(simulator).ended_at is None
    clock.advance(86_400)
    assert _only_job(simulator).ended_at is not None


def test_asking_often_changes_nothing() -> None:
    asked, asked_clock = _simulator()
    left_alone, clock = _simulator()
    for simulator in (asked, left_alone):
        _start(simulator, *SERVERS[:3])
    for _ in range(100):
        asked_clock.advance(10)
        for operation in ("DescribeJobs", "DescribeSourceServers", "DescribeRecoveryInstances"):
            asked.call(operation, {}, account_id=ACCOUNT, region=REGION)
    clock.advance(1_000)
    assert asked.truth(ACCOUNT, REGION) == left_alone.truth(ACCOUNT, REGION)
    assert asked.snapshot() == left_alone.snapshot()


def test_ids_begin_with_the_digit_of_their_region() -> None:
    simulator, _ = _simulator()
    assert _start(simulator, SERVERS[0]).startswith("drsjob-5")
