"""Every fault, seen by a caller with boto3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local.drs import (
    CallFault,
    CallFaultKind,
    Phase,
    RateLimit,
    ServerFault,
    ServerFaultKind,
)
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B, DrsService, code_of


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def _jobs(service: DrsService) -> int:
    return len(service.simulator.truth(ACCOUNT, REGION).jobs)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (CallFaultKind.THROTTLE, ("ThrottlingException", 429)),
        (CallFaultKind.CONFLICT, ("ConflictException", 409)),
        (CallFaultKind.ACCESS_DENIED, ("AccessDeniedException", 403)),
        (CallFaultKind.SERVER_ERROR, ("InternalServerException", 500)),
    ],
)
def test_a_call_is_refused_as_often_as_told(
    service: DrsService, kind: CallFaultKind, answer: tuple[str, int]
) -> None:
    service.faults.calls = [CallFault(kind, "StartRecovery", times=2)]
    for _ in range(2):
        with pytest.raises(ClientError) as refusal:
            service.start(SERVER_A)
        assert code_of(refusal) == answer
    assert _jobs(service) == 0
    assert service.start(SERVER_A)


def test_a_fault_of_one_operation_leaves_the_others_alone(service: DrsService) -> None:
    service.faults.calls = [CallFault(CallFaultKind.THROTTLE, "StartRecovery")]
    assert service.drs.describe_jobs()["items"] == []


def test_a_fault_for_some_seconds_ends_by_itself(service: DrsService) -> None:
    service.faults.calls = [CallFault(CallFaultKind.CONFLICT, "StartRecovery", seconds=30)]
    for _ in range(2):
        with pytest.raises(ClientError):
            service.start(SERVER_A)
        service.clock.advance(15)
    assert service.start(SERVER_A)


def test_a_lost_answer_hides_a_job_that_exists(service: DrsService) -> None:
    service.faults.calls = [CallFault(CallFaultKind.LOST_ANSWER, "StartRecovery", times=1)]
    with pytest.raises(ConnectionClosedError):
        service.start(SERVER_A)
    (job,) = service.drs.describe_jobs()["items"]
    (record,) = [call for call in service.simulator.calls if call.operation == "StartRecovery"]
    assert (record.outcome, record.job_id) == ("LostAnswer", job["jobID"])
    assert record.params["sourceServers"] == [{"sourceServerID": SERVER_A}]


def test_a_lost_request_does_nothing(service: DrsService) -> None:
    service.faults.calls = [CallFault(CallFaultKind.LOST_REQUEST, "StartRecovery", times=1)]
    with pytest.raises(ConnectionClosedError):
        service.start(SERVER_A)
    assert _jobs(service) == 0
    assert [call.outcome for call in service.simulator.calls] == ["LostRequest"]


def test_an_error_after_the_effect_hides_a_job_that_exists(service: DrsService) -> None:
    fault = CallFault(CallFaultKind.SERVER_ERROR_AFTER_EFFECT, "StartRecovery", times=1)
    service.faults.calls = [fault]
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_A)
    assert code_of(refusal) == ("InternalServerException", 500)
    assert _jobs(service) == 1


def test_a_rate_limit_throttles_a_burst_and_recovers(service: DrsService) -> None:
    service.faults.rate_limits = [RateLimit(per_second=0.5, burst=2, operation="DescribeJobs")]
    for _ in range(2):
        service.drs.describe_jobs()
    with pytest.raises(ClientError) as refusal:
        service.drs.describe_jobs()
    assert code_of(refusal)[0] == "ThrottlingException"
    service.clock.advance(2)
    assert service.drs.describe_jobs()["items"] == []


def test_a_share_of_the_calls_is_hit_the_same_way_every_time() -> None:
    def outcomes() -> list[str]:
        with DrsService() as service:
            service.faults.calls = [CallFault(CallFaultKind.LOST_REQUEST, share=0.5)]
            for _ in range(20):
                try:
                    service.drs.describe_jobs()
                except ConnectionClosedError:
                    continue
            return [call.outcome for call in service.simulator.calls]

    assert set(outcomes()) == {"OK", "LostRequest"}
    assert outcomes() == outcomes()


def test_a_silent_failure_is_over_in_a_second_and_says_nothing(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.SILENT_FAILURE)]
    job_id = service.start(SERVER_A)
    service.clock.advance(3)
    assert service.job(job_id)["status"] == "COMPLETED"
    assert service.statuses(job_id) == {SERVER_A: "FAILED"}
    assert service.log_events(job_id) == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "JOB_END",
    ]
    assert service.source_server(SERVER_A)["lastLaunchResult"] == "FAILED"


def test_a_failed_launch_leaves_its_reason_in_the_log_only(service: DrsService) -> None:
    service.faults.servers = [
        ServerFault(SERVER_B, ServerFaultKind.LAUNCH_FAILED, raw_error="no", after_seconds=600)
    ]
    job_id = service.launch(SERVER_A, SERVER_B)
    assert service.job(job_id)["status"] == "COMPLETED"
    assert service.statuses(job_id) == {SERVER_A: "LAUNCHED", SERVER_B: "FAILED"}
    (reason,) = [item for item in service.log(job_id) if item["event"] == "LAUNCH_FAILED"]
    assert reason["eventData"] == {"sourceServerID": SERVER_B, "rawError": "no"}
    assert list(service.instances()) == [SERVER_A]


def test_a_fault_of_the_first_attempt_spares_the_second(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.LAUNCH_FAILED, attempts=(1,))]
    assert service.statuses(service.launch(SERVER_A)) == {SERVER_A: "FAILED"}
    assert service.statuses(service.launch(SERVER_A)) == {SERVER_A: "LAUNCHED"}


def test_a_skipped_server_fails_and_is_logged(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.SKIPPED)]
    job_id = service.launch(SERVER_A, SERVER_B)
    assert service.statuses(job_id) == {SERVER_A: "FAILED", SERVER_B: "LAUNCHED"}
    assert service.log_events(job_id, SERVER_A) == ["SERVER_SKIPPED"]


def test_a_missing_server_is_nowhere_in_its_job(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.MISSING)]
    job_id = service.launch(SERVER_A, SERVER_B)
    assert service.statuses(job_id) == {SERVER_B: "LAUNCHED"}
    assert service.log_events(job_id, SERVER_A) == []
    (job,) = service.simulator.truth(ACCOUNT, REGION).jobs
    assert job.server_ids == (SERVER_A, SERVER_B)


def test_a_job_that_lost_all_its_servers_still_completes(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.MISSING)]
    job = service.job(service.launch(SERVER_A))
    assert (job["status"], job["participatingServers"]) == ("COMPLETED", [])


@pytest.mark.parametrize(
    ("phase", "job_status", "launch_status"),
    [
        (Phase.JOB_START, "PENDING", "PENDING"),
        (Phase.SNAPSHOT, "STARTED", "PENDING"),
        (Phase.CONVERSION, "STARTED", "PENDING"),
        (Phase.LAUNCH, "STARTED", "IN_PROGRESS"),
        (Phase.JOB_END, "STARTED", "LAUNCHED"),
    ],
)
def test_a_stuck_server_keeps_its_job_open_for_ever(
    service: DrsService, phase: Phase, job_status: str, launch_status: str
) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.STUCK, phase=phase)]
    job_id = service.start(SERVER_A)
    service.clock.advance(30 * 86_400)
    assert service.job(job_id)["status"] == job_status
    assert service.statuses(job_id) == {SERVER_A: launch_status}


def test_a_stuck_server_does_not_hold_up_the_others_of_its_job(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.STUCK)]
    job_id = service.launch(SERVER_A, SERVER_B)
    assert service.statuses(job_id) == {SERVER_A: "PENDING", SERVER_B: "LAUNCHED"}


def test_a_server_stuck_for_a_while_comes_up_late(service: DrsService) -> None:
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.STUCK, seconds=7_200)]
    job_id = service.launch(SERVER_A, SERVER_B)
    assert service.statuses(job_id) == {SERVER_A: "PENDING", SERVER_B: "LAUNCHED"}
    service.clock.advance(7_200)
    assert service.statuses(job_id) == {SERVER_A: "LAUNCHED", SERVER_B: "LAUNCHED"}


def test_a_stuck_termination_never_lets_go(service: DrsService) -> None:
    service.launch(SERVER_A)
    service.faults.servers = [ServerFault(SERVER_A, ServerFaultKind.STUCK, phase=Phase.TERMINATION)]
    instance_id = service.instances()[SERVER_A]["recoveryInstanceID"]
    service.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    service.clock.advance(86_400)
    assert service.instances()[SERVER_A]["ec2InstanceState"] == "SHUTTING-DOWN"


def test_a_new_job_may_become_visible_late(service: DrsService) -> None:
    service.faults.job_visibility_lag_seconds = 20
    job_id = service.start(SERVER_A)
    assert service.drs.describe_jobs()["items"] == []
    assert service.drs.describe_jobs(filters={"jobIDs": [job_id]})["items"] == []
    service.clock.advance(20)
    assert service.job(job_id)["jobID"] == job_id


def test_a_new_instance_may_become_visible_late(service: DrsService) -> None:
    service.launch(SERVER_A)
    service.faults.instance_visibility_lag_seconds = 86_400
    assert service.instances() == {}
    (instance,) = service.simulator.truth(ACCOUNT, REGION).instances
    assert instance.live
    assert not service.simulator.calls[-1].shown
    service.faults.instance_visibility_lag_seconds = 0
    assert service.instances()[SERVER_A]["recoveryInstanceID"] == instance.instance_id
    assert service.simulator.calls[-1].shown == (instance.instance_id,)


def test_a_server_may_stay_busy_for_a_while_after_its_job(service: DrsService) -> None:
    service.faults.lock_release_lag_seconds = 60
    job_id = service.start(SERVER_A)
    while service.job(job_id)["status"] != "COMPLETED":
        service.clock.advance(10)
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_A)
    assert code_of(refusal)[0] == "ConflictException"
    service.clock.advance(60)
    assert service.start(SERVER_A)
