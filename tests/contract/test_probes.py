"""Probes of private addresses: the contract of a prober, and what the laptop's prober finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult
from local.machines import machines
from local.probes import Prober, ProbeScriptsError, read_scripts
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B

HTTP = {"type": "http", "port": 8080, "path": "/health", "timeoutSeconds": 2}


class Laptop:
    """Two launched servers and the prober beside them."""

    def __init__(self, laptop: AwsLaptop) -> None:
        self.aws = laptop
        self.clock = laptop.clock
        self.prober = Prober(laptop.simulator, laptop.clock)

    def address(self, server_id: str) -> str:
        found = machines(self.aws.simulator.truth(*HOME))
        return next(m.private_address for m in found if m.source_server_id == server_id)

    def script(self, *scripts: dict[str, Any]) -> None:
        self.prober.scripts = tuple(read_scripts(list(scripts)))

    def ask(self, server_id: str = SERVER_A, **members: object) -> dict[str, Any]:
        return self.ask_in(REGION, {**HTTP, "address": self.address(server_id), **members})

    def ask_in(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.prober.invoke(ACCOUNT, region, {"requests": [request]})
        (result,) = answer["results"]
        assert isinstance(result, dict)
        return result


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    with AwsLaptop(SERVER_A, SERVER_B, services=lambda _: {}) as aws:
        yield Laptop(aws)


def test_a_port_refuses_connections_until_its_service_has_started(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A)
    laptop.aws.until_launched(SERVER_A)
    assert laptop.ask() == {"healthy": False, "detail": "connection refused", "latencyMs": 20}
    laptop.clock.advance(60)
    assert laptop.ask() == {"healthy": True, "detail": "HTTP 200", "latencyMs": 20}


def test_a_script_delays_one_port_of_one_server(laptop: Laptop) -> None:
    laptop.script({"target": SERVER_A, "port": 8080, "healthyAfterSeconds": 7200})
    laptop.aws.launch(SERVER_A, SERVER_B)
    assert not laptop.ask()["healthy"]
    assert laptop.ask(port=8081)["healthy"]
    assert laptop.ask(SERVER_B)["healthy"]
    laptop.clock.advance(7200)
    assert laptop.ask()["healthy"]


def test_a_script_may_name_address_instance_and_path_and_the_first_fit_decides(
    laptop: Laptop,
) -> None:
    laptop.aws.launch(SERVER_A, SERVER_B)
    found = {m.source_server_id: m for m in machines(laptop.aws.simulator.truth(*HOME))}
    laptop.script(
        {"target": found[SERVER_A].private_address, "path": "/health", "status": 503},
        {"target": found[SERVER_B].instance_id, "status": 500},
        {"target": "*", "status": 404},
    )
    assert laptop.ask()["detail"] == "HTTP 503, expected 200 to 399"
    assert laptop.ask(SERVER_B)["detail"] == "HTTP 500, expected 200 to 399"
    assert laptop.ask(path="/")["detail"] == "HTTP 404, expected 200 to 399"


def test_the_expected_status_alone_is_healthy(laptop: Laptop) -> None:
    laptop.script({"status": 401})
    laptop.aws.launch(SERVER_A)
    assert laptop.ask(expectStatus=401)["healthy"]
    refused = laptop.ask(expectStatus=200)
    assert (refused["healthy"], refused["detail"]) == (False, "HTTP 401, expected 200")


def test_a_tcp_probe_asks_for_a_connection_only(laptop: Laptop) -> None:
    laptop.script({"path": "/health", "answer": "TIMEOUT"}, {"status": 503})
    laptop.aws.launch(SERVER_A)
    assert laptop.ask(type="tcp") == {"healthy": True, "detail": "connected", "latencyMs": 20}
    assert not laptop.ask(type="https", path="/")["healthy"]


def test_a_port_that_hangs_takes_the_whole_timeout(laptop: Laptop) -> None:
    laptop.script({"answer": "TIMEOUT"})
    laptop.aws.launch(SERVER_A)
    assert laptop.ask() == {"healthy": False, "detail": "no answer within 2 s", "latencyMs": 2000}


def test_a_service_that_dies_is_unhealthy_again(laptop: Laptop) -> None:
    laptop.script({"failsFromSeconds": 300})
    laptop.aws.start(SERVER_A)
    laptop.aws.until_launched(SERVER_A)
    laptop.clock.advance(299)
    assert laptop.ask()["healthy"]
    laptop.clock.advance(1)
    assert not laptop.ask()["healthy"]


def test_nobody_answers_at_an_address_without_a_running_instance(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    address = laptop.address(SERVER_A)
    instances = laptop.aws.client("drs").describe_recovery_instances()["items"]
    nobody = laptop.ask_in("eu-west-1", {**HTTP, "address": address})
    assert nobody["detail"] == "no answer within 2 s"
    laptop.aws.client("drs").terminate_recovery_instances(
        recoveryInstanceIDs=[each["recoveryInstanceID"] for each in instances]
    )
    laptop.clock.advance(900)
    assert not laptop.ask_in(REGION, {**HTTP, "address": address})["healthy"]


def test_a_round_is_answered_in_the_order_of_its_requests(laptop: Laptop) -> None:
    laptop.script({"target": SERVER_A, "status": 503})
    laptop.aws.launch(SERVER_A, SERVER_B)
    asked = [{**HTTP, "address": laptop.address(each)} for each in (SERVER_B, SERVER_A)]
    answer = laptop.prober.invoke(ACCOUNT, REGION, {"requests": asked})
    assert [each["healthy"] for each in answer["results"]] == [True, False]


def test_every_probe_is_on_record(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    laptop.ask()
    (record,) = laptop.prober.probes
    assert (record.account_id, record.region, record.request.port) == (ACCOUNT, REGION, 8080)
    assert record.instance_id == machines(laptop.aws.simulator.truth(*HOME))[0].instance_id
    assert record.result == ProbeResult(healthy=True, detail="HTTP 200", latency_ms=20)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "udp"),
        ("address", "example.com"),
        ("address", "127.0.0.1"),
        ("address", "169.254.169.254"),
        ("port", 0),
        ("path", "health"),
        ("path", "/a b"),
        ("path", "/a\r\nHost: x"),
        ("timeoutSeconds", 31),
        ("expectStatus", 99),
        ("method", "POST"),
    ],
)
def test_a_request_outside_the_contract_is_refused(member: str, value: object) -> None:
    accepted = ProbeRequest.model_validate({**HTTP, "address": "10.1.2.3"})
    assert accepted.document()["timeoutSeconds"] == 2
    with pytest.raises(ValidationError, match=member):
        ProbeRequest.model_validate({**HTTP, "address": "10.1.2.3", member: value})


def test_a_wrong_script_is_refused_with_its_place() -> None:
    with pytest.raises(ProbeScriptsError, match="/0/answer"):
        read_scripts([{"answer": "MAYBE"}])
