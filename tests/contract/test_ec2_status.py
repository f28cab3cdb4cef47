"""EC2's view of recovery instances: states, addresses and status checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.drs import CallFault, CallFaultKind
from local.ec2 import Ec2
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A, SERVER_B, code_of, many_servers

UNKNOWN_INSTANCE = "i-0ffffffffffffffff"


class Laptop:
    """The instances of a laptop and a client for them."""

    def __init__(self, laptop: AwsLaptop, ec2: Ec2) -> None:
        self.aws = laptop
        self.clock = laptop.clock
        self.ec2 = ec2
        self.client = laptop.client("ec2")

    def instances(self, **members: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
        reservations = self.client.describe_instances(**members)["Reservations"]
        return {each["Instances"][0]["InstanceId"]: each["Instances"][0] for each in reservations}

    def checks(self, **members: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401
        answer = self.client.describe_instance_status(**members)
        return {
            each["InstanceId"]: (each["SystemStatus"]["Status"], each["InstanceStatus"]["Status"])
            for each in answer["InstanceStatuses"]
        }


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made: list[Ec2] = []

    def services(laptop: AwsLaptop) -> dict[str, Ec2]:
        made.append(Ec2(laptop.simulator, laptop.setting))
        return {"ec2": made[0]}

    with AwsLaptop(SERVER_A, SERVER_B, services=services) as started:
        yield Laptop(started, made[0])


def test_a_server_that_is_launched_stopped_is_listed_but_not_checked(laptop: Laptop) -> None:
    laptop.aws.client("drs").update_launch_configuration(
        sourceServerID=SERVER_A, launchDisposition="STOPPED"
    )
    laptop.aws.launch(SERVER_A)
    ((instance_id, instance),) = laptop.instances().items()
    assert instance["State"] == {"Code": 80, "Name": "stopped"}
    assert laptop.checks() == {}
    assert laptop.checks(IncludeAllInstances=True) == {
        instance_id: ("not-applicable", "not-applicable")
    }


def test_nothing_runs_before_a_launch_has_ended(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A)
    laptop.clock.advance(60)
    assert laptop.instances() == {}


def test_a_launched_server_runs_under_the_id_that_drs_names(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    (named,) = laptop.aws.client("drs").describe_recovery_instances()["items"]
    (instance,) = laptop.instances(InstanceIds=[named["ec2InstanceID"]]).values()
    assert instance["State"] == {"Code": 16, "Name": "running"}
    (truth,) = laptop.aws.simulator.truth(*HOME).instances
    assert instance["LaunchTime"] == truth.launched_at.replace(microsecond=0)


def test_a_server_keeps_its_private_address_over_launches(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A, SERVER_B)
    before = laptop.ec2.truth(*HOME)
    assert len({machine.private_address for machine in before}) == 2
    laptop.aws.launch(SERVER_A)
    replaced = laptop.ec2.truth(*HOME)[-1]
    first = next(machine for machine in before if machine.source_server_id == SERVER_A)
    assert replaced.instance_id != first.instance_id
    assert replaced.private_address == first.private_address


def test_no_two_running_instances_share_an_address() -> None:
    servers = many_servers(400)
    with AwsLaptop(*servers, services=lambda _: {}) as laptop:
        for begin in range(0, 400, 100):
            laptop.launch(*servers[begin : begin + 100])
        machines = Ec2(laptop.simulator, laptop.setting).truth(*HOME)
    assert len({machine.private_address for machine in machines}) == 400


def test_status_checks_start_initializing_and_become_ok(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A)
    instance_id = laptop.aws.until_launched(SERVER_A)
    assert laptop.checks() == {instance_id: ("initializing", "initializing")}
    laptop.clock.advance(laptop.ec2.timing.checked_after_seconds)
    assert laptop.checks() == {instance_id: ("ok", "ok")}


def test_a_fault_impairs_one_check_of_one_server(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A, SERVER_B)
    ids = {m.source_server_id: m.instance_id for m in laptop.ec2.truth(*HOME)}
    laptop.ec2.faults.instance_impaired = frozenset({SERVER_A})
    laptop.ec2.faults.system_impaired = frozenset({ids[SERVER_B]})
    assert laptop.checks() == {ids[SERVER_A]: ("ok", "impaired"), ids[SERVER_B]: ("impaired", "ok")}
    failed = laptop.client.describe_instance_status(InstanceIds=[ids[SERVER_A]])
    (status,) = failed["InstanceStatuses"]
    assert status["InstanceStatus"]["Details"] == [{"Name": "reachability", "Status": "failed"}]


def test_what_was_told_of_status_checks_is_on_record(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A, SERVER_B)
    laptop.ec2.faults.instance_impaired = frozenset({SERVER_A})
    told = laptop.checks()
    assert len(told) == 2
    assert {e.instance_id: (e.system, e.instance) for e in laptop.ec2.statuses} == told
    assert {each.at for each in laptop.ec2.statuses} == {laptop.clock.now()}


def test_a_server_whose_checks_are_never_made_stays_initializing(laptop: Laptop) -> None:
    laptop.ec2.faults.never_checked = frozenset({SERVER_A})
    laptop.aws.launch(SERVER_A)
    assert list(laptop.checks().values()) == [("initializing", "initializing")]


def test_a_terminated_instance_is_listed_for_an_hour_without_address(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    (instance_id,) = laptop.instances()
    laptop.aws.client("drs").terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    laptop.clock.advance(5)
    assert laptop.instances()[instance_id]["State"]["Name"] == "shutting-down"
    laptop.clock.advance(900)
    gone = laptop.instances()[instance_id]
    assert gone["State"] == {"Code": 48, "Name": "terminated"}
    assert "PrivateIpAddress" not in gone
    laptop.clock.advance(3600)
    with pytest.raises(ClientError, match=instance_id) as refusal:
        laptop.instances(InstanceIds=[instance_id])
    assert code_of(refusal) == ("InvalidInstanceID.NotFound", 400)


def test_status_is_told_of_running_instances_only_unless_all_are_asked_for(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    (instance_id,) = laptop.instances()
    laptop.aws.client("drs").terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    laptop.clock.advance(5)
    assert laptop.checks() == {}
    everything = laptop.checks(IncludeAllInstances=True)
    assert everything == {instance_id: ("not-applicable", "not-applicable")}


def test_filters_choose_and_an_unknown_filter_is_refused(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A, SERVER_B)
    machine = laptop.ec2.truth(*HOME)[0]

    def chosen(name: str, *values: str) -> list[str]:
        return list(laptop.instances(Filters=[{"Name": name, "Values": list(values)}]))

    assert chosen("private-ip-address", machine.private_address) == [machine.instance_id]
    assert chosen("instance-state-name", "pending", "term*") == []
    assert len(chosen("instance-state-name", "run*")) == 2
    with pytest.raises(ClientError, match="vpc-id"):
        chosen("vpc-id", "vpc-1")


def test_instances_come_in_pages() -> None:
    servers = many_servers(12)
    with AwsLaptop(
        *servers, services=lambda each: {"ec2": Ec2(each.simulator, each.setting)}
    ) as aws:
        aws.launch(*servers)
        pages = (
            aws.client("ec2")
            .get_paginator("describe_instances")
            .paginate(PaginationConfig={"PageSize": 5})
        )
        assert [len(page["Reservations"]) for page in pages] == [5, 5, 2]


def test_ids_and_page_size_exclude_each_other(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    with pytest.raises(ClientError) as refusal:
        laptop.client.describe_instances(InstanceIds=[*laptop.instances()], MaxResults=5)
    assert code_of(refusal) == ("InvalidParameterCombination", 400)


def test_an_instance_of_another_region_does_not_exist(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    elsewhere = laptop.aws.client("ec2", region="eu-west-1")
    with pytest.raises(ClientError, match="does not exist"):
        elsewhere.describe_instances(InstanceIds=[*laptop.instances()])
    with pytest.raises(ClientError, match="do not exist"):
        elsewhere.describe_instances(InstanceIds=[UNKNOWN_INSTANCE, *laptop.instances()])


def test_ec2_refuses_in_its_own_words(laptop: Laptop) -> None:
    for kind, expected in (
        (CallFaultKind.THROTTLE, ("RequestLimitExceeded", 503)),
        (CallFaultKind.ACCESS_DENIED, ("UnauthorizedOperation", 403)),
    ):
        laptop.ec2.faults.calls = [CallFault(kind, "DescribeInstances")]
        with pytest.raises(ClientError) as refusal:
            laptop.client.describe_instances()
        assert code_of(refusal) == expected
    with pytest.raises(ClientError, match="ec2 RunInstances") as refusal:
        laptop.client.run_instances(MinCount=1, MaxCount=1)
    assert code_of(refusal) == ("NotSimulatedException", 501)
