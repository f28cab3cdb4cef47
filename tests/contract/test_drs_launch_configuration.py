"""Launch configurations, and what they change in a launch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.contract.drs_service import SERVER_A, SERVER_B, UNKNOWN_SERVER, DrsService, code_of


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def test_a_server_has_the_defaults_of_the_service(service: DrsService) -> None:
    configuration = service.drs.get_launch_configuration(sourceServerID=SERVER_A)
    assert configuration["name"] == f"Launch Configuration for Source Server {SERVER_A}"
    assert configuration["launchDisposition"] == "STARTED"
    assert configuration["ec2LaunchTemplateID"].startswith("lt-0")


def test_an_update_changes_only_what_it_names(service: DrsService) -> None:
    before = service.drs.get_launch_configuration(sourceServerID=SERVER_A)
    updated = service.drs.update_launch_configuration(
        sourceServerID=SERVER_A, copyTags=True, licensing={"osByol": True}
    )
    after = service.drs.get_launch_configuration(sourceServerID=SERVER_A)
    for answer in (before, updated, after):
        answer.pop("ResponseMetadata")  # type: ignore[misc]
    assert updated == after == {**before, "copyTags": True, "licensing": {"osByol": True}}


def test_an_unknown_server_has_none(service: DrsService) -> None:
    with pytest.raises(ClientError) as refusal:
        service.drs.get_launch_configuration(sourceServerID=UNKNOWN_SERVER)
    assert code_of(refusal) == ("ResourceNotFoundException", 404)


def test_a_fast_launch_skips_conversion(service: DrsService) -> None:
    service.drs.update_launch_configuration(sourceServerID=SERVER_A, recoveryMode="FAST")
    assert service.log_events(service.launch(SERVER_A)) == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "LAUNCH_START",
        "LAUNCH_END",
        "JOB_END",
    ]


def test_a_stopped_launch_is_launched_and_stopped(service: DrsService) -> None:
    service.drs.update_launch_configuration(sourceServerID=SERVER_A, launchDisposition="STOPPED")
    job_id = service.launch(SERVER_A, SERVER_B)
    assert set(service.statuses(job_id).values()) == {"LAUNCHED"}
    assert service.instances()[SERVER_A]["ec2InstanceState"] == "STOPPED"
    assert service.instances()[SERVER_B]["ec2InstanceState"] == "RUNNING"


def test_a_launch_into_an_existing_instance_is_not_simulated(service: DrsService) -> None:
    service.drs.update_launch_configuration(
        sourceServerID=SERVER_A,
        launchIntoInstanceProperties={"launchIntoEC2InstanceID": "i-0123456789abcdef0"},
    )
    with pytest.raises(ClientError, match="launch into an existing instance") as refusal:
        service.start(SERVER_A)
    assert code_of(refusal) == ("NotSimulatedException", 501)
