"""StartRecovery: what it admits, and what a launch does to a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.drs import Quotas
from tests.contract.drs_service import (
    ACCOUNT,
    REGION,
    SERVER_A,
    SERVER_B,
    SERVER_C,
    UNKNOWN_SERVER,
    DrsService,
    code_of,
    many_servers,
    recorded_server,
)


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def test_a_launched_server_has_a_recovery_instance(service: DrsService) -> None:
    job_id = service.launch(SERVER_A)
    instance = service.instances()[SERVER_A]
    server = service.source_server(SERVER_A)
    assert instance["jobID"] == job_id
    assert instance["isDrill"] is True
    assert instance["ec2InstanceState"] == "RUNNING"
    assert instance["recoveryInstanceID"] == instance["ec2InstanceID"]
    assert server["recoveryInstanceId"] == instance["recoveryInstanceID"]
    assert server["lastLaunchResult"] == "SUCCEEDED"
    assert server["lifeCycle"]["lastLaunch"] == {
        "initiated": {
            "apiCallDateTime": "2026-01-01T10:00:00.000000+00:00",
            "jobID": job_id,
            "type": "DRILL",
        },
        "status": "LAUNCHED",
    }


def test_a_launch_under_way_is_pending_on_the_server(service: DrsService) -> None:
    service.start(SERVER_A)
    server = service.source_server(SERVER_A)
    assert server["lastLaunchResult"] == "PENDING"
    assert server["lifeCycle"]["lastLaunch"]["status"] == "PENDING"
    assert "recoveryInstanceId" not in server
    assert service.instances() == {}


def test_without_is_drill_it_is_a_real_recovery(service: DrsService) -> None:
    answer = service.drs.start_recovery(sourceServers=[{"sourceServerID": SERVER_A}])
    assert answer["job"]["initiatedBy"] == "START_RECOVERY"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202


def test_tags_of_the_request_are_on_the_job(service: DrsService) -> None:
    answer = service.drs.start_recovery(
        sourceServers=[{"sourceServerID": SERVER_A}], isDrill=True, tags={"drsorc:wave": "db"}
    )
    assert service.job(answer["job"]["jobID"])["tags"] == {"drsorc:wave": "db"}


def test_a_drill_over_a_real_recovery_destroys_it(service: DrsService) -> None:
    recovery = service.launch(SERVER_A, drill=False)
    drill = service.launch(SERVER_A, drill=True)
    first, second = service.simulator.truth(ACCOUNT, REGION).instances
    assert (first.launched_by, first.is_drill, first.live) == (recovery, False, False)
    assert first.terminated_by == drill
    assert first.shut_down_at is not None
    assert first.terminated_at is not None
    assert first.shut_down_at < first.terminated_at < second.launched_at
    assert (second.launched_by, second.is_drill, second.live) == (drill, True, True)
    assert service.log_events(drill, SERVER_A)[:3] == [
        "CLEANUP_START",
        "CLEANUP_END",
        "SNAPSHOT_START",
    ]
    assert service.instances()[SERVER_A]["recoveryInstanceID"] == second.instance_id


def test_sending_the_same_request_twice_is_refused_as_busy(service: DrsService) -> None:
    service.start(SERVER_A)
    with pytest.raises(ClientError, match="currently being processed by a Job") as refusal:
        service.start(SERVER_A)
    assert code_of(refusal) == ("ConflictException", 409)


def test_one_busy_server_sinks_the_whole_request(service: DrsService) -> None:
    service.start(SERVER_A)
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_B, SERVER_A)
    assert code_of(refusal)[0] == "ConflictException"
    assert len(service.simulator.truth(ACCOUNT, REGION).jobs) == 1
    assert service.start(SERVER_B, SERVER_C)


def test_a_server_listed_twice_is_refused(service: DrsService) -> None:
    with pytest.raises(ClientError, match="listed more than once") as refusal:
        service.start(SERVER_A, SERVER_A)
    assert code_of(refusal) == ("ValidationException", 400)


def test_an_unknown_server_is_refused(service: DrsService) -> None:
    with pytest.raises(ClientError, match=UNKNOWN_SERVER):
        service.start(SERVER_A, UNKNOWN_SERVER)
    assert service.simulator.truth(ACCOUNT, REGION).jobs == ()


@pytest.mark.parametrize("state", ["STOPPED", "DISCONNECTED", "INITIATING", "INITIAL_SYNC"])
def test_a_server_without_a_recovery_point_is_refused(state: str) -> None:
    replication = {"dataReplicationState": state}
    with DrsService([recorded_server(SERVER_A, dataReplicationInfo=replication)]) as service:
        with pytest.raises(ClientError, match="no consistent recovery point") as refusal:
            service.start(SERVER_A)
        assert code_of(refusal)[0] == "ConflictException"


def test_more_servers_than_a_job_takes_are_refused() -> None:
    server_ids = many_servers(101)
    with DrsService([recorded_server(server_id) for server_id in server_ids]) as service:
        with pytest.raises(ClientError) as refusal:
            service.start(*server_ids)
        assert code_of(refusal) == ("ServiceQuotaExceededException", 402)
        assert refusal.value.response["quotaCode"] == "L-B827C881"  # type: ignore[typeddict-item]
        assert service.start(*server_ids[:100])


def test_the_twenty_first_job_is_refused_until_one_has_ended() -> None:
    server_ids = many_servers(21)
    with DrsService([recorded_server(server_id) for server_id in server_ids]) as service:
        for server_id in server_ids[:20]:
            service.start(server_id)
        with pytest.raises(ClientError) as refusal:
            service.start(server_ids[20])
        assert refusal.value.response["quotaCode"] == "L-D88FAC3A"  # type: ignore[typeddict-item]
        service.clock.advance(3_600)
        assert service.start(server_ids[20])


def test_termination_jobs_count_against_the_quota_of_jobs(service: DrsService) -> None:
    service.launch(SERVER_A)
    service.faults.quotas = Quotas(jobs=1)
    instance_id = service.instances()[SERVER_A]["recoveryInstanceID"]
    service.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_B)
    assert code_of(refusal)[0] == "ServiceQuotaExceededException"


def test_servers_in_all_jobs_are_limited(service: DrsService) -> None:
    service.faults.quotas = Quotas(servers_in_jobs=2)
    service.start(SERVER_A)
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_B, SERVER_C)
    assert refusal.value.response["quotaCode"] == "L-05AFA8C6"  # type: ignore[typeddict-item]


def test_a_quota_is_checked_before_conflicts(service: DrsService) -> None:
    service.start(SERVER_A)
    service.faults.quotas = Quotas(jobs=1)
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_A)
    assert code_of(refusal)[0] == "ServiceQuotaExceededException"


def test_a_pinned_snapshot_is_what_comes_up(service: DrsService) -> None:
    snapshots = service.drs.describe_recovery_snapshots(sourceServerID=SERVER_A, order="ASC")
    pinned = snapshots["items"][3]
    service.drs.start_recovery(
        sourceServers=[{"sourceServerID": SERVER_A, "recoverySnapshotID": pinned["snapshotID"]}],
        isDrill=True,
    )
    service.clock.advance(3_600)
    assert service.instances()[SERVER_A]["pointInTimeSnapshotDateTime"] == pinned["timestamp"]


def test_an_unknown_snapshot_is_refused(service: DrsService) -> None:
    with pytest.raises(ClientError, match="RECOVERY_SNAPSHOT pit-"):
        service.drs.start_recovery(
            sourceServers=[
                {"sourceServerID": SERVER_A, "recoverySnapshotID": "pit-5aaaaaaaaaaaaaaaa"}
            ]
        )


def test_a_windows_server_takes_longer_than_a_linux_server() -> None:
    windows = {"os": {"fullString": "Microsoft Windows Server 2022 Datacenter"}}
    servers = [recorded_server(SERVER_A), recorded_server(SERVER_B, sourceProperties=windows)]
    with DrsService(servers) as service:
        service.launch(SERVER_A)
        service.launch(SERVER_B)
        linux, windows_job = service.simulator.truth(ACCOUNT, REGION).jobs
        assert linux.ended_at is not None
        assert windows_job.ended_at is not None
        linux_time = linux.ended_at - linux.created_at
        assert windows_job.ended_at - windows_job.created_at > 1.5 * linux_time
