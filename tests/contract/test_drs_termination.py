"""TerminateRecoveryInstances."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.drs import Behaviour
from tests.contract.drs_service import (
    SERVER_A,
    SERVER_B,
    DrsService,
    code_of,
    recorded_server,
)


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def _terminate(service: DrsService, *server_ids: str) -> str:
    instances = service.instances()
    wanted = [instances[server_id]["recoveryInstanceID"] for server_id in server_ids]
    answer = service.drs.terminate_recovery_instances(recoveryInstanceIDs=wanted)
    return answer["job"]["jobID"]


def test_a_terminated_instance_disappears_and_its_server_forgets_it(service: DrsService) -> None:
    launch = service.launch(SERVER_A, SERVER_B)
    _terminate(service, SERVER_A)
    service.clock.advance(3_600)
    assert list(service.instances()) == [SERVER_B]
    server = service.source_server(SERVER_A)
    assert "recoveryInstanceId" not in server
    assert server["lifeCycle"]["lastLaunch"]["status"] == "TERMINATED"
    assert service.statuses(launch) == {SERVER_A: "LAUNCHED", SERVER_B: "LAUNCHED"}


def test_the_instance_shuts_down_while_the_job_runs(service: DrsService) -> None:
    service.launch(SERVER_A)
    job_id = _terminate(service, SERVER_A)
    service.clock.advance(5)
    job = service.job(job_id)
    assert (job["type"], job["status"]) == ("TERMINATE", "STARTED")
    assert job["initiatedBy"] == "TERMINATE_RECOVERY_INSTANCES"
    assert [server["sourceServerID"] for server in job["participatingServers"]] == [SERVER_A]
    assert service.instances()[SERVER_A]["ec2InstanceState"] == "SHUTTING-DOWN"


def test_a_completed_termination_lists_no_servers(service: DrsService) -> None:
    service.launch(SERVER_A)
    job_id = _terminate(service, SERVER_A)
    service.clock.advance(3_600)
    job = service.job(job_id)
    assert (job["status"], job["participatingServers"]) == ("COMPLETED", [])


def test_a_completed_termination_may_list_its_servers() -> None:
    behaviour = Behaviour(
        list_terminated_servers=True, terminated_instance_lingers_seconds=1_000_000
    )
    with DrsService([recorded_server(SERVER_A)], behaviour=behaviour) as service:
        service.launch(SERVER_A)
        job_id = _terminate(service, SERVER_A)
        service.clock.advance(3_600)
        assert service.statuses(job_id) == {SERVER_A: "TERMINATED"}
        assert service.instances()[SERVER_A]["ec2InstanceState"] == "TERMINATED"


def test_a_server_under_termination_cannot_be_launched(service: DrsService) -> None:
    service.launch(SERVER_A)
    _terminate(service, SERVER_A)
    with pytest.raises(ClientError) as refusal:
        service.start(SERVER_A)
    assert code_of(refusal) == ("ConflictException", 409)


def test_an_instance_is_not_terminated_twice(service: DrsService) -> None:
    service.launch(SERVER_A)
    instance_id = service.instances()[SERVER_A]["recoveryInstanceID"]
    _terminate(service, SERVER_A)
    with pytest.raises(ClientError, match="being processed by a Job"):
        service.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    service.clock.advance(3_600)
    with pytest.raises(ClientError, match="does not exist"):
        service.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])


def test_nothing_is_terminated_when_one_instance_is_unknown(service: DrsService) -> None:
    service.launch(SERVER_A)
    instance_id = service.instances()[SERVER_A]["recoveryInstanceID"]
    with pytest.raises(ClientError, match="i-0123456789abcdef0 does not exist"):
        service.drs.terminate_recovery_instances(
            recoveryInstanceIDs=[instance_id, "i-0123456789abcdef0"]
        )
    service.clock.advance(3_600)
    assert list(service.instances()) == [SERVER_A]


def test_a_real_recovery_is_terminated_like_a_drill(service: DrsService) -> None:
    service.launch(SERVER_A, drill=False)
    _terminate(service, SERVER_A)
    service.clock.advance(3_600)
    assert service.instances() == {}
