"""What the product asks EC2, Systems Manager and a prober, with the clients that are shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drs_orchestrator.domain.errors import AccountUnreachable, HealthUnknown
from drs_orchestrator.domain.health import Instance, StatusChecks
from drs_orchestrator.domain.probe import ProbeRequest, ProbeType
from drs_orchestrator.ports.health import HealthSites, InstanceChecks
from local.drs import CallFault, CallFaultKind
from local.function_scripts import FunctionScript
from local.probes import PROBER_NAME, ProbeScript
from tests.contract.drs_service import SERVER_A, SERVER_B, many_servers
from tests.contract.health_laptop import HERE, LOST, HealthLaptop, health_laptop

UNKNOWN = "i-0ffffffffffffffff"
MANY = 100


@pytest.fixture
def laptop() -> Iterator[HealthLaptop]:
    with health_laptop(SERVER_A, SERVER_B) as running:
        yield running


def checks(laptop: HealthLaptop) -> InstanceChecks:
    return laptop.sites.instance_checks(HERE)


def request(address: str, **members: object) -> ProbeRequest:
    return ProbeRequest(type=ProbeType.HTTP, address=address, port=8080).changed(**members)


def test_ec2_shows_state_and_address_of_those_that_exist(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    assert checks(laptop).instances([machine.instance_id, UNKNOWN]) == {
        machine.instance_id: Instance(
            instance_id=machine.instance_id,
            state="running",
            private_address=machine.private_address,
        )
    }


def test_an_instance_that_was_terminated_is_shown_as_such(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.terminate(machine)
    shown = checks(laptop).instances([machine.instance_id])[machine.instance_id]
    assert (shown.state, shown.private_address) == ("terminated", None)


def test_both_status_checks_are_read(laptop: HealthLaptop) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    laptop.ec2.faults.instance_impaired = frozenset({SERVER_B})
    ids = [machines[each].instance_id for each in (SERVER_A, SERVER_B)]
    found = checks(laptop).statuses(ids)
    assert found[ids[0]] == StatusChecks(system="ok", instance="ok")
    assert found[ids[1]] == StatusChecks(system="ok", instance="impaired")


def test_an_agent_that_never_registered_is_not_among_the_pings(laptop: HealthLaptop) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    laptop.ssm.faults.agent_absent = frozenset({SERVER_B})
    ids = [machines[each].instance_id for each in (SERVER_A, SERVER_B)]
    assert checks(laptop).pings(ids) == {ids[0]: "Online"}


def test_a_hundred_servers_are_asked_about_together() -> None:
    servers = many_servers(MANY)
    with health_laptop(*servers) as laptop:
        machines = laptop.launch(*servers).values()
        ids = [machine.instance_id for machine in machines]
        assert len(checks(laptop).instances(ids)) == MANY
        assert len(checks(laptop).statuses(ids)) == MANY
        assert len(checks(laptop).pings(ids)) == MANY
        asked = [request(machine.private_address) for machine in machines]
        results = laptop.sites.prober(HERE).probe(asked)
        operations = [call.operation for call in (*laptop.ec2.calls, *laptop.ssm.calls)]

    assert sum(result.healthy for result in results) == MANY
    assert sorted(operations) == [
        "DescribeInstanceInformation",
        "DescribeInstanceInformation",
        "DescribeInstanceStatus",
        "DescribeInstances",
    ]


def test_the_prober_of_the_place_is_asked_and_answers_in_order(laptop: HealthLaptop) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    laptop.script(ProbeScript(target=SERVER_B, status=503))
    asked = [request(machines[each].private_address) for each in (SERVER_B, SERVER_A)]
    results = laptop.sites.prober(HERE).probe(asked)
    assert [each.detail for each in results] == ["HTTP 503, expected 200 to 399", "HTTP 200"]
    records = laptop.prober.probes
    assert {(each.account_id, each.region) for each in records} == {HERE}


Ask = Callable[[HealthSites], object]
ASKING: dict[str, Ask] = {
    "DescribeInstances": lambda sites: sites.instance_checks(HERE).instances([UNKNOWN]),
    "DescribeInstanceStatus": lambda sites: sites.instance_checks(HERE).statuses([UNKNOWN]),
    "DescribeInstanceInformation": lambda sites: sites.instance_checks(HERE).pings([UNKNOWN]),
}
FAULTS = [CallFaultKind.THROTTLE, CallFaultKind.ACCESS_DENIED, CallFaultKind.SERVER_ERROR]


@pytest.mark.parametrize("operation", ASKING)
@pytest.mark.parametrize("kind", FAULTS)
def test_a_service_that_does_not_tell_leaves_health_unknown(
    laptop: HealthLaptop, operation: str, kind: CallFaultKind
) -> None:
    for faults in (laptop.ec2.faults, laptop.ssm.faults):
        faults.calls.append(CallFault(kind, operation))
    with pytest.raises(HealthUnknown, match=operation) as trouble:
        ASKING[operation](laptop.sites)
    assert str(HERE) in str(trouble.value)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"refusal": "AccessDeniedException"}, "AccessDenied"),
        ({"refusal": "TooManyRequestsException"}, "TooManyRequests"),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "after 40 s"}, "after 40 s"),
        ({"answer": {"healthy": True}}, "something else"),
        ({"answer": {"results": []}}, "0 of 1"),
    ],
)
def test_a_prober_that_does_not_answer_leaves_health_unknown(
    laptop: HealthLaptop, script: dict[str, Any], words: str
) -> None:
    laptop.functions.scripts = {PROBER_NAME: FunctionScript.model_validate(script)}
    with pytest.raises(HealthUnknown, match=words):
        laptop.sites.prober(HERE).probe([request("10.1.2.3")])


def test_a_prober_that_fails_again_is_said_to_in_the_same_words(laptop: HealthLaptop) -> None:
    said = []
    for number in (1, 2):
        request_id = f"{number:08x}-1111-2222-3333-444444444444"
        script = FunctionScript(
            error_type="Sandbox.Timedout",
            error_message=f"RequestId: {request_id} Error: Task timed out after 40.00 seconds",
        )
        laptop.functions.scripts = {PROBER_NAME: script}
        with pytest.raises(HealthUnknown, match="Task timed out") as trouble:
            laptop.sites.prober(HERE).probe([request("10.1.2.3")])
        said.append(str(trouble.value))
    assert said[0] == said[1]


def test_a_missing_prober_is_named(laptop: HealthLaptop) -> None:
    laptop.prober.names = frozenset()
    with pytest.raises(HealthUnknown, match=PROBER_NAME):
        laptop.sites.prober(HERE).probe([request("10.1.2.3")])


def test_an_account_that_is_not_set_up_is_out_of_reach(laptop: HealthLaptop) -> None:
    for ask in (laptop.sites.instance_checks, laptop.sites.prober):
        with pytest.raises(AccountUnreachable, match=LOST.account_id):
            ask(LOST)
