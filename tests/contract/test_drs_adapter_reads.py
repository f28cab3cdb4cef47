"""What the product reads from DRS: complete, in its own words, and no more than was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.domain.errors import (
    DrsDenied,
    DrsThrottled,
    DrsUnavailable,
    OrchestratorError,
)
from drs_orchestrator.domain.server import LastLaunch
from local.drs import Behaviour, CallFault, CallFaultKind
from tests.contract.drs_adapter import HERE, NOWHERE, TAGS, adapter, outcomes, start
from tests.contract.drs_service import (
    ACCOUNT,
    LONG_ENOUGH_SECONDS,
    REGION,
    SERVER_A,
    SERVER_B,
    UNKNOWN_SERVER,
    DrsService,
    many_servers,
    recorded_server,
)

Read = Callable[[BotoDisasterRecovery], object]


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


@pytest.fixture
def drs(service: DrsService) -> Iterator[BotoDisasterRecovery]:
    with adapter(service) as drs:
        yield drs


READS: list[tuple[str, Read]] = [
    ("DescribeSourceServers", lambda drs: drs.source_servers()),
    ("DescribeJobs", lambda drs: drs.jobs(["drsjob-50000000000000000"])),
    ("DescribeJobs", lambda drs: drs.jobs_since(datetime(2026, 1, 1, tzinfo=UTC))),
    ("DescribeRecoveryInstances", lambda drs: drs.recovery_instances([SERVER_A])),
]
REFUSALS: dict[CallFaultKind, type[OrchestratorError]] = {
    CallFaultKind.THROTTLE: DrsThrottled,
    CallFaultKind.CONFLICT: DrsUnavailable,
    CallFaultKind.ACCESS_DENIED: DrsDenied,
    CallFaultKind.SERVER_ERROR: DrsUnavailable,
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT: DrsUnavailable,
    CallFaultKind.LOST_REQUEST: DrsUnavailable,
    CallFaultKind.LOST_ANSWER: DrsUnavailable,
}


def test_a_read_that_gets_lost_is_sent_again(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    service.faults.calls = [CallFault(CallFaultKind.LOST_ANSWER, times=1)]
    assert drs.jobs_since(service.clock.now()) == []
    assert outcomes(service, "DescribeJobs") == ["LostAnswer", "OK"]


def test_a_throttled_read_is_sent_again(service: DrsService, drs: BotoDisasterRecovery) -> None:
    service.faults.calls = [CallFault(CallFaultKind.THROTTLE, times=1)]
    assert len(drs.source_servers()) == 3


def test_a_forbidden_read_is_not_repeated(service: DrsService, drs: BotoDisasterRecovery) -> None:
    service.faults.calls = [CallFault(CallFaultKind.ACCESS_DENIED)]
    with pytest.raises(DrsDenied, match="DescribeSourceServers in account"):
        drs.source_servers()
    assert outcomes(service, "DescribeSourceServers") == ["AccessDeniedException"]


@pytest.mark.parametrize("kind", list(CallFaultKind))
def test_a_read_that_keeps_failing_says_why_in_our_words(
    service: DrsService, kind: CallFaultKind
) -> None:
    # A client without retries: the shipped one would back off for seconds.
    drs = BotoDisasterRecovery(HERE, service.client, service.client)
    service.faults.calls = [CallFault(kind)]
    for operation, read in READS:
        with pytest.raises(OrchestratorError, match=f"{operation} in account") as raised:
            read(drs)
        assert type(raised.value) is REFUSALS[kind]


@pytest.mark.parametrize("page_size", [1, 2, 99])
def test_lists_are_complete_however_small_drs_cuts_their_pages(page_size: int) -> None:
    ids = many_servers(5)
    servers = [recorded_server(each) for each in ids]
    with (
        DrsService(servers, behaviour=Behaviour(page_size=page_size)) as service,
        adapter(service) as drs,
    ):
        started = service.clock.now()
        job_ids = [start(drs, each) for each in ids]
        service.clock.advance(LONG_ENOUGH_SECONDS)

        assert sorted(each.source_server_id for each in drs.source_servers()) == ids
        assert sorted(drs.jobs(job_ids)) == sorted(job_ids)
        assert [job.job_id for job in drs.jobs_since(started)] == job_ids[::-1]
        found = drs.recovery_instances(ids)
        assert sorted(each.source_server_id for each in found) == ids
        pages = len(outcomes(service, "DescribeSourceServers"))
        assert pages == -(-len(ids) // page_size)


def test_ids_that_do_not_exist_are_left_out(drs: BotoDisasterRecovery) -> None:
    found = drs.source_servers([SERVER_A, UNKNOWN_SERVER])
    assert [each.source_server_id for each in found] == [SERVER_A]
    assert drs.source_servers([UNKNOWN_SERVER]) == []
    assert drs.jobs(["drsjob-5eeeeeeeeeeeeeeee"]) == {}
    assert drs.recovery_instances([UNKNOWN_SERVER, SERVER_A]) == []


def test_to_ask_for_nothing_costs_no_call_and_never_means_everything(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    start(drs, SERVER_A)
    service.clock.advance(LONG_ENOUGH_SECONDS)
    assert drs.source_servers([]) == []
    assert drs.jobs([]) == {}
    assert drs.recovery_instances([]) == []
    assert [call.operation for call in service.simulator.calls] == ["StartRecovery"]


def test_more_ids_than_a_filter_takes_are_asked_for_in_portions() -> None:
    ids = many_servers(405)
    with DrsService([recorded_server(each) for each in ids]) as service, adapter(service) as drs:
        found = drs.source_servers(ids)
        jobs = drs.jobs([f"drsjob-5{number:016x}" for number in range(1_001)])
        asked = [_asked(call.params) for call in service.simulator.calls]
    assert sorted(each.source_server_id for each in found) == ids
    assert jobs == {}
    assert sorted(set(asked)) == [1, 5, 200, 1_000]


def _asked(params: dict[str, Any]) -> int:
    """Return how many ids a call filters by."""
    (ids,) = params["filters"].values()
    return len(ids)


def test_where_drs_is_not_initialised_there_are_no_servers_and_nothing_else_is_readable(
    service: DrsService,
) -> None:
    with adapter(service, NOWHERE) as drs:
        assert drs.source_servers() == []
        assert drs.source_servers([SERVER_A]) == []
        with pytest.raises(DrsDenied, match="eu-west-1"):
            drs.jobs_since(service.clock.now())


def test_a_server_is_told_as_drs_knows_it_and_no_more() -> None:
    known = recorded_server(
        SERVER_A,
        tags={"Tier": "db"},
        lastLaunchResult="NOT_STARTED",
        sourceProperties={"identificationHints": {"fqdn": "db.example.com"}},
        dataReplicationInfo={
            "dataReplicationState": "CONTINUOUS",
            "lagDuration": "P0D",
            "replicatedDisks": [
                {"deviceName": name, "volumeStatus": status}
                for name, status in (("a", "REGULAR"), ("b", "PENDING"), ("c", "REGULAR"))
            ],
        },
    )
    bare = {"sourceServerID": SERVER_B, "arn": recorded_server(SERVER_B)["arn"]}
    with DrsService([known, bare]) as service, adapter(service) as drs:
        first, second = drs.source_servers()
    assert first.document() == {
        "sourceServerId": SERVER_A,
        "accountId": ACCOUNT,
        "region": REGION,
        "hostname": "db.example.com",
        "tags": {"Tier": "db"},
        "replicationState": "CONTINUOUS",
        "volumeStates": ["PENDING", "REGULAR"],
        "lagDuration": "P0D",
        "lastLaunchResult": "NOT_STARTED",
        "lastLaunch": {},
    }
    assert (second.hostname, second.replication_state, second.lag_duration) == (None, None, None)


@pytest.mark.parametrize(("is_drill", "launch_type"), [(True, "DRILL"), (False, "RECOVERY")])
def test_a_server_tells_its_last_launch_as_soon_as_it_has_begun(
    service: DrsService, drs: BotoDisasterRecovery, is_drill: bool, launch_type: str
) -> None:
    (before,) = drs.source_servers([SERVER_A])
    called = service.clock.now()
    job_id = start(drs, SERVER_A, is_drill=is_drill)
    (begun,) = drs.source_servers([SERVER_A])
    service.clock.advance(LONG_ENOUGH_SECONDS)
    (ended,) = drs.source_servers([SERVER_A])

    assert before.last_launch == LastLaunch()
    assert begun.last_launch == LastLaunch(
        launch_type=launch_type, status="PENDING", job_id=job_id, initiated_time=called
    )
    assert ended.last_launch == begun.last_launch.changed(status="LAUNCHED")


def test_a_job_is_followed_from_its_creation_to_its_end_in_aware_times(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    created = service.clock.now()
    job_id = start(drs, SERVER_A, SERVER_B)
    begun = drs.jobs([job_id])[job_id]
    service.clock.advance(LONG_ENOUGH_SECONDS)
    ended = drs.jobs([job_id])[job_id]

    assert (begun.creation_time, begun.end_time) == (created, None)
    assert begun.creation_time.utcoffset() == timedelta(0)
    assert begun.launch_status == {SERVER_A: "PENDING", SERVER_B: "PENDING"}
    assert ended.status == "COMPLETED"
    assert ended.launch_status == {SERVER_A: "LAUNCHED", SERVER_B: "LAUNCHED"}
    assert ended.tags == TAGS
    assert ended.end_time is not None
    assert created < ended.end_time < service.clock.now()
    assert ended.end_time.astimezone(UTC) == ended.end_time


def test_jobs_since_a_moment_leaves_out_those_before(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    start(drs, SERVER_A)
    service.clock.advance(60)
    later = start(drs, SERVER_B)
    moment = service.clock.now()
    assert [job.job_id for job in drs.jobs_since(moment)] == [later]
    assert len(drs.jobs_since(moment - timedelta(seconds=60))) == 2
    assert drs.jobs_since(moment + timedelta(seconds=1)) == []


@pytest.mark.parametrize("is_drill", [True, False])
def test_an_instance_is_told_with_its_job_and_its_mode(
    service: DrsService, drs: BotoDisasterRecovery, is_drill: bool
) -> None:
    job_id = start(drs, SERVER_A, is_drill=is_drill)
    assert drs.recovery_instances([SERVER_A]) == []
    service.clock.advance(LONG_ENOUGH_SECONDS)
    (found,) = drs.recovery_instances([SERVER_A, SERVER_B])
    assert (found.source_server_id, found.job_id, found.is_drill) == (SERVER_A, job_id, is_drill)
    assert found.ec2_instance_state == "RUNNING"
    assert found.is_live
