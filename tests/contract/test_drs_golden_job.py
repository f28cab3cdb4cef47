"""A two-server drill looks like the one real drill whose job and log are public."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.contract.drs_service import SERVER_A, SERVER_B, DrsService

if TYPE_CHECKING:
    from types_boto3_drs.type_defs import JobLogTypeDef, JobTypeDef

PER_SERVER = [
    "SNAPSHOT_START",
    "SNAPSHOT_END",
    "CONVERSION_START",
    "CONVERSION_END",
    "LAUNCH_START",
    "LAUNCH_END",
]


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def _times(log: list[JobLogTypeDef], event: str) -> list[datetime]:
    return [datetime.fromisoformat(item["logDateTime"]) for item in log if item["event"] == event]


def test_the_completed_job_has_the_shape_of_a_real_one(service: DrsService) -> None:
    job_id = service.launch(SERVER_A, SERVER_B)
    job = service.job(job_id)
    servers = {server.pop("sourceServerID"): server for server in job.pop("participatingServers")}
    ended_at = datetime.fromisoformat(job.pop("endDateTime"))
    job_end = _times(service.log(job_id), "JOB_END")[0]
    assert job == {
        "jobID": job_id,
        "arn": f"arn:aws:drs:us-west-2:111122223333:job/{job_id}",
        "type": "LAUNCH",
        "initiatedBy": "START_DRILL",
        "status": "COMPLETED",
        "creationDateTime": "2026-01-01T10:00:00.000000+00:00",
        "participatingResources": [],
        "tags": {},
    }
    launched = {"launchStatus": "LAUNCHED", "launchActionsStatus": {"runs": []}}
    assert servers == {SERVER_A: launched, SERVER_B: launched}
    assert job_end - ended_at == timedelta(seconds=0.026)


def test_the_log_has_the_events_in_the_order_of_a_real_one(service: DrsService) -> None:
    job_id = service.launch(SERVER_A, SERVER_B)
    events = service.log_events(job_id)
    in_lock_step = [event for event in PER_SERVER for _ in range(2)]
    assert events == ["JOB_START", *in_lock_step, "JOB_END"]
    assert service.log_events(job_id, SERVER_A) == PER_SERVER
    times = [datetime.fromisoformat(item["logDateTime"]) for item in service.log(job_id)]
    assert times == sorted(times)


def test_the_log_says_which_instances_it_is_about(service: DrsService) -> None:
    job_id = service.launch(SERVER_A, SERVER_B)
    by_event = {
        (str(item["event"]), item["eventData"].get("sourceServerID")): item["eventData"]
        for item in service.log(job_id)
    }
    assert by_event["JOB_START", None] == by_event["JOB_END", None] == {}
    assert set(by_event["SNAPSHOT_START", SERVER_A]) == {"sourceServerID"}
    assert set(by_event["CONVERSION_END", SERVER_A]) == {"conversionServerID", "sourceServerID"}
    launched = by_event["LAUNCH_END", SERVER_A]["targetInstanceID"]
    assert launched == service.instances()[SERVER_A]["recoveryInstanceID"]


def test_the_events_are_spaced_like_those_of_a_real_drill(service: DrsService) -> None:
    created_at = service.clock.now()
    log = service.log(service.launch(SERVER_A, SERVER_B))

    def seconds(event: str, since: datetime) -> float:
        return (_times(log, event)[-1] - since).total_seconds()

    assert 0.3 <= seconds("JOB_START", created_at) <= 0.5
    assert 0.4 <= seconds("SNAPSHOT_START", _times(log, "JOB_START")[0]) <= 0.6
    assert 0.1 <= seconds("SNAPSHOT_END", _times(log, "SNAPSHOT_START")[0]) <= 0.8
    assert 45 <= seconds("CONVERSION_START", _times(log, "SNAPSHOT_END")[0]) <= 60
    assert 125 <= seconds("CONVERSION_END", _times(log, "CONVERSION_START")[0]) <= 290
    assert 0.4 <= seconds("LAUNCH_START", _times(log, "CONVERSION_END")[0]) <= 0.9
    assert 225 <= seconds("LAUNCH_END", _times(log, "LAUNCH_START")[0]) <= 390
    assert 2 <= seconds("JOB_END", _times(log, "LAUNCH_END")[-1]) <= 3


def _states(job: JobTypeDef) -> tuple[str, ...]:
    servers = job["participatingServers"]
    return (job["status"], *sorted(server["launchStatus"] for server in servers))


def test_job_and_servers_go_through_their_states_as_the_log_grows(service: DrsService) -> None:
    job_id = service.start(SERVER_A, SERVER_B)
    seen = [_states(service.job(job_id))]
    while seen[-1][0] != "COMPLETED":
        service.clock.advance(2)
        if (states := _states(service.job(job_id))) != seen[-1]:
            seen.append(states)
    assert seen == [
        ("PENDING", "PENDING", "PENDING"),
        ("STARTED", "PENDING", "PENDING"),
        ("STARTED", "IN_PROGRESS", "IN_PROGRESS"),
        ("STARTED", "IN_PROGRESS", "LAUNCHED"),
        ("STARTED", "LAUNCHED", "LAUNCHED"),
        ("COMPLETED", "LAUNCHED", "LAUNCHED"),
    ]


def test_the_servers_are_not_listed_in_the_order_of_the_request(service: DrsService) -> None:
    job_id = service.start(SERVER_A, SERVER_B)
    listed = [server["sourceServerID"] for server in service.job(job_id)["participatingServers"]]
    assert listed == [SERVER_B, SERVER_A]


def test_the_end_of_a_job_is_absent_until_it_has_ended(service: DrsService) -> None:
    assert "endDateTime" not in service.job(service.start(SERVER_A))
