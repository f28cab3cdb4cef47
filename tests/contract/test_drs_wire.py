"""The wire: routes, bindings, errors, accounts and Regions, as botocore's model has them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.drs_service import (
    ACCOUNT,
    REGION,
    SERVER_A,
    SERVER_B,
    UNKNOWN_SERVER,
    DrsService,
    code_of,
    recorded_server,
)


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


def _post(service: DrsService, path: str, body: str) -> tuple[int, str | None, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    try:
        connection.request("POST", path, body)
        response = connection.getresponse()
        return response.status, response.headers.get("x-amzn-errortype"), json.load(response)
    finally:
        connection.close()


def test_an_operation_that_is_not_simulated_says_so(service: DrsService) -> None:
    with pytest.raises(ClientError, match="does not do DRS CreateRecoveryPlan") as refusal:
        service.drs.create_recovery_plan(name="shop")
    assert code_of(refusal) == ("NotSimulatedException", 501)


def test_an_unknown_route_says_so(service: DrsService) -> None:
    status, code, body = _post(service, "/StartNothing", "{}")
    assert (status, code) == (501, "NotSimulatedException")
    assert "POST /StartNothing" in body["message"]


def test_a_region_without_inventory_is_not_initialized(service: DrsService) -> None:
    elsewhere = service.client(region="eu-central-1")
    with pytest.raises(ClientError, match="not initialized") as refusal:
        elsewhere.describe_source_servers()
    assert code_of(refusal) == ("UninitializedAccountException", 400)
    assert elsewhere.initialize_service()["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert elsewhere.describe_source_servers()["items"] == []


def test_a_region_sees_its_own_servers_only() -> None:
    servers = [recorded_server(SERVER_A), recorded_server(SERVER_B, region="eu-west-1")]
    with DrsService(servers) as service:
        assert service.simulator.home == (ACCOUNT, REGION)
        listed = service.client(region="eu-west-1").describe_source_servers()["items"]
        assert [server["sourceServerID"] for server in listed] == [SERVER_B]
        with pytest.raises(ClientError, match=SERVER_B):
            service.start(SERVER_B)


def test_the_access_key_decides_the_account() -> None:
    other = "444455556666"
    servers = [recorded_server(SERVER_A), recorded_server(SERVER_B, account=other)]
    accounts = {"local": ACCOUNT, "AKIAOTHER": other}
    with DrsService(servers, account_of=accounts.__getitem__) as service:
        listed = service.client(access_key="AKIAOTHER").describe_source_servers()["items"]
        assert [server["sourceServerID"] for server in listed] == [SERVER_B]


def test_a_request_without_a_signature_is_of_the_home_account(service: DrsService) -> None:
    status, _, body = _post(service, "/DescribeSourceServers", "")
    assert status == 200
    assert len(body["items"]) == 3


def test_a_body_that_is_not_json_cannot_be_parsed(service: DrsService) -> None:
    status, code, body = _post(service, "/StartRecovery", "{")
    assert (status, code, body["reason"]) == (400, "ValidationException", "cannotParse")


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({}, "sourceServers"),
        ({"sourceServers": []}, "sourceServers"),
        ({"sourceServers": "all"}, "sourceServers"),
        ({"sourceServers": [{}]}, "sourceServers[0].sourceServerID"),
        ({"sourceServers": [{"sourceServerID": "i-123"}]}, "sourceServers[0].sourceServerID"),
        ({"sourceServers": [{"sourceServerID": SERVER_A}] * 201}, "sourceServers"),
        ({"sourceServers": [{"sourceServerID": SERVER_A}], "isDrill": "yes"}, "isDrill"),
        ({"sourceServers": [{"sourceServerID": SERVER_A}], "tags": {"k": "v" * 257}}, "tags.k"),
        ({"sourceServers": [{"sourceServerID": SERVER_A}], "tags": {"aws:x": "y"}}, "tags"),
    ],
)
def test_input_that_breaks_the_model_is_refused_by_field(
    service: DrsService, request_body: dict[str, Any], field: str
) -> None:
    status, code, body = _post(service, "/StartRecovery", json.dumps(request_body))
    assert (status, code) == (400, "ValidationException")
    assert body["reason"] == "fieldValidationFailed"
    assert field in [entry["name"] for entry in body["fieldList"]]
    assert field.lower() in body["message"].lower()
    assert service.simulator.truth(ACCOUNT, REGION).jobs == ()


def test_a_value_outside_an_enum_is_refused(service: DrsService) -> None:
    with pytest.raises(ClientError, match="enum value set"):
        service.drs.update_launch_configuration(
            sourceServerID=SERVER_A,
            recoveryMode="QUICK",  # type: ignore[arg-type]
        )


def test_a_date_that_no_calendar_has_is_refused(service: DrsService) -> None:
    with pytest.raises(ClientError, match="not a date of the calendar"):
        service.drs.describe_jobs(filters={"fromDate": "2026-02-30T00:00:00Z"})


def test_tags_travel_in_path_and_query(service: DrsService) -> None:
    arn = service.source_server(SERVER_A)["arn"]
    service.drs.tag_resource(resourceArn=arn, tags={"Tier": "db", "Own er": "Zoë & co"})
    assert service.drs.list_tags_for_resource(resourceArn=arn)["tags"] == {
        "Tier": "db",
        "Own er": "Zoë & co",
    }
    service.drs.untag_resource(resourceArn=arn, tagKeys=["Own er", "absent"])
    assert service.source_server(SERVER_A)["tags"] == {"Tier": "db"}


def test_tags_can_be_put_on_jobs_and_recovery_instances(service: DrsService) -> None:
    job = service.job(service.launch(SERVER_A))
    instance = service.instances()[SERVER_A]
    for resource in (job, instance):
        service.drs.tag_resource(resourceArn=resource["arn"], tags={"kept": "yes"})
    assert service.job(job["jobID"])["tags"] == {"kept": "yes"}
    assert service.instances()[SERVER_A]["tags"] == {"kept": "yes"}


def test_tags_of_something_unknown_are_not_found(service: DrsService) -> None:
    arn = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{UNKNOWN_SERVER}"
    with pytest.raises(ClientError) as refusal:
        service.drs.list_tags_for_resource(resourceArn=arn)
    assert code_of(refusal) == ("ResourceNotFoundException", 404)


def test_more_than_fifty_tags_are_refused(service: DrsService) -> None:
    arn = service.source_server(SERVER_A)["arn"]
    with pytest.raises(ClientError, match="at most 50 tags"):
        service.drs.tag_resource(
            resourceArn=arn, tags={f"key-{number}": "" for number in range(51)}
        )
    assert service.source_server(SERVER_A)["tags"] == {}
