"""The agents of recovery instances: when they register, ping, fall silent and leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.ssm import Ssm
from tests.contract.aws_laptop import AwsLaptop
from tests.contract.drs_service import SERVER_A, SERVER_B, many_servers


class Laptop:
    """The agents of a laptop and a client that asks about them."""

    def __init__(self, laptop: AwsLaptop, ssm: Ssm) -> None:
        self.aws = laptop
        self.clock = laptop.clock
        self.ssm = ssm
        self.client = laptop.client("ssm")

    def agents(self, *filters: dict[str, Any]) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.client.describe_instance_information(
            Filters=list(filters)
        )["InstanceInformationList"]
        return listed

    def pings(self) -> list[str]:
        return [each["PingStatus"] for each in self.agents()]


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made: list[Ssm] = []

    def services(laptop: AwsLaptop) -> dict[str, Ssm]:
        made.append(Ssm(laptop.simulator, laptop.setting))
        return {"ssm": made[0]}

    with AwsLaptop(SERVER_A, SERVER_B, services=services) as started:
        yield Laptop(started, made[0])


def test_an_agent_registers_some_time_after_the_launch(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A)
    instance_id = laptop.aws.until_launched(SERVER_A)
    assert laptop.agents() == []
    laptop.clock.advance(laptop.ssm.timing.agent_online_after_seconds)
    (agent,) = laptop.agents()
    assert (agent["InstanceId"], agent["PingStatus"]) == (instance_id, "Online")
    registered_at = agent["LastPingDateTime"]
    laptop.clock.advance(1000)
    (agent,) = laptop.agents()
    assert (agent["LastPingDateTime"] - registered_at).total_seconds() == 900


def test_an_agent_that_never_registers_is_not_listed(laptop: Laptop) -> None:
    laptop.ssm.faults.agent_absent = frozenset({SERVER_A})
    laptop.aws.launch(SERVER_A)
    assert laptop.agents() == []


def test_an_agent_that_fell_silent_has_lost_its_connection(laptop: Laptop) -> None:
    laptop.ssm.faults.agent_lost = frozenset({SERVER_A})
    laptop.aws.launch(SERVER_A)
    assert laptop.pings() == ["ConnectionLost"]


def test_what_was_told_of_agents_is_on_record(laptop: Laptop) -> None:
    laptop.ssm.faults.agent_lost = frozenset({SERVER_B})
    laptop.aws.launch(SERVER_A, SERVER_B)
    told = {each["InstanceId"]: each["PingStatus"] for each in laptop.agents()}
    assert sorted(told.values()) == ["ConnectionLost", "Online"]
    assert {each.instance_id: each.ping_status for each in laptop.ssm.pings} == told
    assert {each.at for each in laptop.ssm.pings} == {laptop.clock.now()}


def test_the_agent_goes_with_its_instance(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    instance_ids = [each["InstanceId"] for each in laptop.agents()]
    laptop.aws.client("drs").terminate_recovery_instances(recoveryInstanceIDs=instance_ids)
    laptop.clock.advance(5)
    assert laptop.pings() == ["ConnectionLost"]
    laptop.clock.advance(900)
    assert laptop.pings() == []


def test_agents_are_chosen_by_filter_and_page(laptop: Laptop) -> None:
    laptop.ssm.faults.agent_lost = frozenset({SERVER_B})
    laptop.aws.launch(SERVER_A, SERVER_B)
    online = laptop.agents({"Key": "PingStatus", "Values": ["Online"]})
    (chosen,) = online
    by_id = laptop.agents({"Key": "InstanceIds", "Values": [chosen["InstanceId"]]})
    assert by_id == online
    with pytest.raises(ClientError, match="IamRole"):
        laptop.agents({"Key": "IamRole", "Values": ["x"]})


def test_agents_come_in_pages_of_at_most_fifty() -> None:
    servers = many_servers(60)
    with AwsLaptop(
        *servers, services=lambda laptop: {"ssm": Ssm(laptop.simulator, laptop.setting)}
    ) as laptop:
        laptop.launch(*servers)
        pages = laptop.client("ssm").get_paginator("describe_instance_information").paginate()
        assert [len(page["InstanceInformationList"]) for page in pages] == [50, 10]
