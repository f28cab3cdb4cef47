"""Lists: order, filters and pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError

from local.drs import Behaviour
from tests.contract.drs_service import (
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


def test_jobs_come_newest_first(service: DrsService) -> None:
    started = []
    for server_id in (SERVER_A, SERVER_B, SERVER_C):
        started.append(service.start(server_id))
        service.clock.advance(1)
    listed = [job["jobID"] for job in service.drs.describe_jobs()["items"]]
    assert listed == started[::-1]


def test_jobs_can_be_asked_for_by_id_and_unknown_ids_are_left_out(service: DrsService) -> None:
    first, _ = service.start(SERVER_A), service.start(SERVER_B)
    wanted = {"jobIDs": ["drsjob-5eeeeeeeeeeeeeeee", first]}
    jobs = service.drs.describe_jobs(filters={"jobIDs": wanted["jobIDs"]})["items"]
    assert [job["jobID"] for job in jobs] == [first]


def test_jobs_can_be_asked_for_by_creation_date(service: DrsService) -> None:
    jobs = []
    for server_id in (SERVER_A, SERVER_B, SERVER_C):
        jobs.append(service.start(server_id))
        service.clock.advance(60)
    found = service.drs.describe_jobs(
        filters={"fromDate": "2026-01-01T10:00:30Z", "toDate": "2026-01-01T10:01:00.000Z"}
    )["items"]
    assert [job["jobID"] for job in found] == [jobs[1]]


def test_a_paginator_sees_every_server_once() -> None:
    server_ids = many_servers(230)
    with DrsService([recorded_server(server_id) for server_id in server_ids]) as service:
        pages = list(service.drs.get_paginator("describe_source_servers").paginate())
        assert [len(page["items"]) for page in pages] == [100, 100, 30]
        listed = [server["sourceServerID"] for page in pages for server in page["items"]]
        assert listed == server_ids


def test_a_page_is_never_larger_than_asked_or_than_the_service_allows() -> None:
    servers = [recorded_server(server_id) for server_id in many_servers(5)]
    with DrsService(servers, behaviour=Behaviour(page_size=3)) as service:
        assert len(service.drs.describe_source_servers(maxResults=2)["items"]) == 2
        assert len(service.drs.describe_source_servers(maxResults=50)["items"]) == 3


def test_a_job_that_starts_between_two_pages_shifts_nothing() -> None:
    *server_ids, late = many_servers(4)
    with DrsService([recorded_server(server_id) for server_id in (*server_ids, late)]) as service:
        jobs = [service.start(server_id) for server_id in server_ids]
        page = service.drs.describe_jobs(maxResults=1)
        service.start(late)
        rest = service.drs.describe_jobs(maxResults=2, nextToken=page["nextToken"])
        listed = [job["jobID"] for job in [*page["items"], *rest["items"]]]
        assert listed == jobs[::-1]
        assert "nextToken" not in rest


@pytest.mark.parametrize("token", ["x", "eyJhIjoxfQ==", "W10=", "%%%"])
def test_a_token_that_is_none_is_refused(service: DrsService, token: str) -> None:
    with pytest.raises(ClientError, match="Invalid nextToken") as refusal:
        service.drs.describe_jobs(nextToken=token)
    assert code_of(refusal) == ("ValidationException", 400)


def test_a_token_of_another_list_is_refused(service: DrsService) -> None:
    token = service.drs.describe_source_servers(maxResults=1)["nextToken"]
    with pytest.raises(ClientError, match="Invalid nextToken"):
        service.drs.describe_jobs(nextToken=token)


def test_servers_can_be_asked_for_by_id(service: DrsService) -> None:
    found = service.drs.describe_source_servers(
        filters={"sourceServerIDs": [SERVER_B, UNKNOWN_SERVER]}
    )
    assert [server["sourceServerID"] for server in found["items"]] == [SERVER_B]


def test_an_empty_filter_matches_every_server(service: DrsService) -> None:
    assert len(service.drs.describe_source_servers(filters={"sourceServerIDs": []})["items"]) == 3


def test_servers_can_be_asked_for_by_hardware_and_staging_account() -> None:
    servers = [
        recorded_server(SERVER_A, stagingArea={"stagingAccountID": "444455556666"}),
        recorded_server(
            SERVER_B, sourceProperties={"identificationHints": {"vmWareUuid": "4219-b"}}
        ),
    ]
    with DrsService(servers) as service:
        by_account = service.drs.describe_source_servers(
            filters={"stagingAccountIDs": ["444455556666"]}
        )
        by_hardware = service.drs.describe_source_servers(filters={"hardwareId": "4219-b"})
        assert [server["sourceServerID"] for server in by_account["items"]] == [SERVER_A]
        assert [server["sourceServerID"] for server in by_hardware["items"]] == [SERVER_B]


def test_recovery_instances_can_be_asked_for_by_server_or_id(service: DrsService) -> None:
    service.launch(SERVER_A, SERVER_B)
    wanted = service.instances()[SERVER_B]["recoveryInstanceID"]
    by_server = service.drs.describe_recovery_instances(filters={"sourceServerIDs": [SERVER_B]})
    by_id = service.drs.describe_recovery_instances(filters={"recoveryInstanceIDs": [wanted]})
    assert by_server["items"] == by_id["items"]
    assert [instance["recoveryInstanceID"] for instance in by_id["items"]] == [wanted]


def test_the_log_of_an_unknown_job_is_empty(service: DrsService) -> None:
    assert service.log("drsjob-5eeeeeeeeeeeeeeee") == []


def test_a_log_read_in_pages_is_the_whole_log(service: DrsService) -> None:
    job_id = service.launch(SERVER_A)
    paginator = service.drs.get_paginator("describe_job_log_items")
    pages = paginator.paginate(jobID=job_id, PaginationConfig={"PageSize": 3})
    assert [item for page in pages for item in page["items"]] == service.log(job_id)


def test_points_in_time_follow_the_default_policy(service: DrsService) -> None:
    items = service.drs.describe_recovery_snapshots(sourceServerID=SERVER_A, order="DESC")["items"]
    times = [datetime.fromisoformat(item["expectedTimestamp"]) for item in items]
    assert times == sorted(times, reverse=True)
    gaps = [newer - older for newer, older in pairwise(times)]
    assert gaps[:5] == [timedelta(minutes=10)] * 5
    assert timedelta(hours=1) in gaps
    assert gaps[-1] == timedelta(days=1)
    assert timedelta(days=6) <= times[0] - times[-1] <= timedelta(days=7)
    assert 30 <= len(items) <= 37


def test_the_point_in_time_being_taken_has_no_timestamp_yet(service: DrsService) -> None:
    def newest() -> datetime:
        item = service.drs.describe_recovery_snapshots(sourceServerID=SERVER_A, order="DESC")
        return datetime.fromisoformat(item["items"][0]["expectedTimestamp"])

    next_one = newest() + timedelta(minutes=10)
    service.clock.advance((next_one - service.clock.now()).total_seconds() + 1)
    items = service.drs.describe_recovery_snapshots(sourceServerID=SERVER_A, order="DESC")["items"]
    assert newest() == next_one
    assert "timestamp" not in items[0]
    assert "timestamp" in items[1]


def test_points_in_time_can_be_asked_for_by_date(service: DrsService) -> None:
    items = service.drs.describe_recovery_snapshots(
        sourceServerID=SERVER_A,
        filters={"fromDateTime": "2026-01-01T09:30:00Z", "toDateTime": "2026-01-01T09:50:00Z"},
    )["items"]
    assert len(items) == 2
