"""One look at the servers of a wave, over the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drs_orchestrator.domain.health_check import HealthCheck, Probe
from drs_orchestrator.domain.probe import ProbeType
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.services.waves.examine_servers import ExamineServers
from local.drs import CallFault, CallFaultKind
from local.machines import Machine
from local.probes import ProbeScript
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B, many_servers
from tests.contract.health_laptop import LOST, HealthLaptop, health_laptop

PROBE = Probe(type=ProbeType.HTTP, port=8080, path="/health")
EVERYTHING = HealthCheck(ssm_agent=True, probe=PROBE)


@pytest.fixture
def laptop() -> Iterator[HealthLaptop]:
    with health_laptop(SERVER_A, SERVER_B) as running:
        yield running


def launched(machine: Machine, **values: object) -> RecoveredServer:
    """Return the record of a server that became this instance."""
    return RecoveredServer(
        source_server_id=machine.source_server_id,
        wave="web",
        account_id=ACCOUNT,
        region=REGION,
        recovery_instance_id=machine.instance_id,
        ec2_instance_id=machine.instance_id,
        verdict=ServerVerdict.LAUNCHED,
    ).changed(**values)


def examined(
    laptop: HealthLaptop, check: HealthCheck, *servers: RecoveredServer
) -> dict[str, RecoveredServer]:
    """Return what one look makes of the servers, by their ids."""
    after = ExamineServers(laptop.sites)(check, servers)
    assert len(after) == len(servers)
    return {each.source_server_id: each for each in after}


def health_of(laptop: HealthLaptop, check: HealthCheck, machine: Machine) -> str | None:
    """Return the words for a server that is not healthy."""
    after = examined(laptop, check, launched(machine))[machine.source_server_id]
    assert after.verdict is ServerVerdict.LAUNCHED
    return after.health


def test_a_server_that_passes_every_check_is_verified(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    after = examined(laptop, EVERYTHING, launched(machine))[SERVER_A]
    assert after.verdict is ServerVerdict.VERIFIED
    assert after.health == "EC2 status ok; SSM agent Online; HTTP 200"


def test_each_server_says_what_it_lacks(laptop: HealthLaptop) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    laptop.ssm.faults.agent_absent = frozenset({SERVER_A})
    laptop.ec2.faults.never_checked = frozenset({SERVER_A})
    laptop.script(ProbeScript(target=SERVER_B, status=503))
    after = examined(laptop, EVERYTHING, *map(launched, machines.values()))
    assert {id_: each.health for id_, each in after.items()} == {
        SERVER_A: "system status initializing, instance status initializing; SSM agent never seen",
        SERVER_B: "HTTP 503, expected 200 to 399",
    }
    assert {each.verdict for each in after.values()} == {ServerVerdict.LAUNCHED}


def test_only_what_the_plan_names_is_asked(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.ec2.faults.system_impaired = frozenset({SERVER_A})
    laptop.ssm.faults.agent_absent = frozenset({SERVER_A})
    check = HealthCheck(ec2_status=False, probe=PROBE)
    after = examined(laptop, check, launched(machine))[SERVER_A]
    assert (after.verdict, after.health) == (ServerVerdict.VERIFIED, "HTTP 200")
    assert [call.operation for call in laptop.ec2.calls] == ["DescribeInstances"]
    assert laptop.ssm.calls == []


def test_an_instance_that_died_is_asked_nothing_more(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.terminate(machine)
    words = f"instance {machine.instance_id} is terminated: somebody terminated it"
    assert health_of(laptop, EVERYTHING, machine) == words
    assert laptop.prober.probes == []


def test_an_instance_that_ec2_has_forgotten_is_missed(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.terminate(machine)
    laptop.aws.clock.advance(2 * 3600)
    words = f"EC2 shows no instance {machine.instance_id}"
    assert health_of(laptop, EVERYTHING, machine) == words


def test_a_server_without_an_instance_on_record_does_not_trouble_the_others(
    laptop: HealthLaptop,
) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    nobody = launched(machines[SERVER_B], recovery_instance_id=None, ec2_instance_id=None)
    after = examined(laptop, EVERYTHING, launched(machines[SERVER_A]), nobody)
    assert after[SERVER_A].verdict is ServerVerdict.VERIFIED
    assert after[SERVER_B].health == "EC2 shows no instance"


def test_a_check_that_cannot_be_made_leaves_unknown_what_the_others_know(
    laptop: HealthLaptop,
) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.ec2.faults.calls.append(CallFault(CallFaultKind.THROTTLE, "DescribeInstanceStatus"))
    laptop.script(ProbeScript(status=503))
    words = str(health_of(laptop, EVERYTHING, machine))
    assert words.startswith("unknown: ")
    assert "DescribeInstanceStatus" in words
    assert words.endswith("HTTP 503, expected 200 to 399")


def test_trouble_that_goes_on_is_said_in_the_same_words(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    laptop.ec2.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED, "DescribeInstances"))
    first = health_of(laptop, EVERYTHING, machine)
    assert health_of(laptop, EVERYTHING, machine) == first


def test_an_account_out_of_reach_holds_up_its_own_servers_only(laptop: HealthLaptop) -> None:
    machines = laptop.launch(SERVER_A, SERVER_B)
    far = launched(machines[SERVER_B], account_id=LOST.account_id)
    after = examined(laptop, EVERYTHING, launched(machines[SERVER_A]), far)
    assert after[SERVER_A].verdict is ServerVerdict.VERIFIED
    assert after[SERVER_B].verdict is ServerVerdict.LAUNCHED
    assert str(after[SERVER_B].health).startswith(f"unknown: {LOST} is out of reach")


def test_a_large_wave_is_asked_about_in_batches() -> None:
    servers = many_servers(250)
    with health_laptop(*servers) as laptop:
        machines = [*laptop.launch(*servers[:100]).values()]
        laptop.launch(*servers[100:200])
        machines = [*laptop.launch(*servers[200:]).values()]
        after = examined(laptop, EVERYTHING, *map(launched, machines))
        calls = [call.operation for call in laptop.ec2.calls]

    assert {each.verdict for each in after.values()} == {ServerVerdict.VERIFIED}
    assert calls.count("DescribeInstances") == calls.count("DescribeInstanceStatus") == 3


def test_what_time_does_not_allow_for_stays_as_it_was(laptop: HealthLaptop) -> None:
    machine = laptop.launch(SERVER_A)[SERVER_A]
    readings = iter([0.0, 10.0, 20.0, 46.0])
    examine = ExamineServers(laptop.sites, lambda: next(readings))
    before = launched(machine)
    assert examine(EVERYTHING, [before]) == [before]
    assert [call.operation for call in laptop.ec2.calls] == [
        "DescribeInstances",
        "DescribeInstanceStatus",
    ]


def test_servers_never_seen_come_first() -> None:
    servers = many_servers(200)
    with health_laptop(*servers) as laptop:
        laptop.launch(*servers[:100])
        machines = laptop.launch(*servers[100:])
        records = [
            launched(machines[id_], health="HTTP 503" if position % 2 else None)
            for position, id_ in enumerate(servers)
        ]
        # Time for the first call of one portion, and for no other.
        readings = iter([0.0, 1.0, 46.0, 46.0])
        ExamineServers(laptop.sites, lambda: next(readings), portions_at_once=1)(
            EVERYTHING, records
        )
        (call,) = laptop.ec2.calls

    asked = set(call.params["Filters"][0]["Values"])
    assert asked == {each.ec2_instance_id for each in records if each.health is None}
