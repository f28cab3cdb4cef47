"""The events of DRS: one for each server's launch, as late, lost or doubled as a fault says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from local.drs import ServerFault, ServerFaultKind, SnapshotError
from local.events import DrsEvents
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import (
    ACCOUNT,
    LONG_ENOUGH_SECONDS,
    REGION,
    SERVER_A,
    SERVER_B,
    SERVER_C,
    many_servers,
)

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"


class Laptop:
    """DRS's events of a laptop, and when each arrived."""

    def __init__(self, laptop: AwsLaptop) -> None:
        self.aws = laptop
        self.clock = laptop.clock
        self.arrived: list[tuple[datetime, dict[str, Any]]] = []
        self.events = DrsEvents(laptop.simulator, lambda: [HOME], laptop.clock, self.deliver)

    def deliver(self, bus_arn: str, event_json: str) -> None:
        assert bus_arn == BUS
        self.arrived.append((self.clock.now(), json.loads(event_json)))

    def pass_time(self, seconds: int = LONG_ENOUGH_SECONDS, step: int = 1) -> None:
        for _ in range(seconds // step):
            self.clock.advance(step)
            self.events.tick()

    @property
    def servers(self) -> list[str]:
        return [event["resources"][0].rpartition("/")[2] for _, event in self.arrived]


@pytest.fixture
def start() -> Iterator[Callable[..., Laptop]]:
    started: list[AwsLaptop] = []

    def begin(*server_ids: str) -> Laptop:
        aws = AwsLaptop(*server_ids, services=lambda _: {})
        aws.__enter__()
        started.append(aws)
        return Laptop(aws)

    yield begin
    for aws in started:
        aws.__exit__(None, None, None)


@pytest.fixture
def laptop(start: Callable[..., Laptop]) -> Laptop:
    return start(SERVER_A, SERVER_B, SERVER_C)


def test_a_launch_is_told_as_drs_words_it(laptop: Laptop) -> None:
    job_id = laptop.aws.start(SERVER_A)
    laptop.pass_time()
    ((_, event),) = laptop.arrived
    (truth,) = laptop.aws.simulator.truth(*HOME).instances
    assert {name: event[name] for name in event if name != "id"} == {
        "version": "0",
        "detail-type": "DRS Source Server Launch Result",
        "source": "aws.drs",
        "account": ACCOUNT,
        "time": truth.launched_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{SERVER_A}"],
        "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": job_id, "is-drill": "TRUE"},
    }


def test_it_comes_within_seconds_of_the_launch_and_before_the_next_poll(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A)
    laptop.pass_time()
    ((arrived_at, _),) = laptop.arrived
    (truth,) = laptop.aws.simulator.truth(*HOME).instances
    assert 0 <= (arrived_at - truth.launched_at).total_seconds() <= 6


def test_a_failed_launch_and_a_real_recovery_are_told_apart(laptop: Laptop) -> None:
    laptop.aws.simulator.faults.servers.append(ServerFault(SERVER_B, ServerFaultKind.LAUNCH_FAILED))
    laptop.aws.start(SERVER_A, SERVER_B, drill=False)
    laptop.pass_time()
    details = {
        event["resources"][0].rpartition("/")[2]: event["detail"] for _, event in laptop.arrived
    }
    assert details[SERVER_A]["state"] == "RECOVERY_LAUNCH_SUCCEEDED"
    assert details[SERVER_B]["state"] == "RECOVERY_LAUNCH_FAILED"
    assert {detail["is-drill"] for detail in details.values()} == {"FALSE"}


def test_every_launch_of_a_server_is_told_once_and_a_termination_never(laptop: Laptop) -> None:
    laptop.aws.start(SERVER_A, SERVER_B)
    laptop.pass_time()
    laptop.aws.start(SERVER_A)
    laptop.pass_time()
    instances = laptop.aws.client("drs").describe_recovery_instances()["items"]
    laptop.aws.client("drs").terminate_recovery_instances(
        recoveryInstanceIDs=[each["recoveryInstanceID"] for each in instances]
    )
    laptop.pass_time()
    assert sorted(laptop.servers) == [SERVER_A, SERVER_A, SERVER_B]
    assert len({event["id"] for _, event in laptop.arrived}) == 3


def test_all_events_can_be_lost(laptop: Laptop) -> None:
    laptop.events.faults.lost_share = 1.0
    laptop.aws.start(SERVER_A, SERVER_B, SERVER_C)
    laptop.pass_time()
    laptop.events.faults.lost_share = 0.0
    laptop.pass_time(600)
    assert laptop.arrived == []


def test_a_share_of_the_events_is_lost_and_another_comes_twice(
    start: Callable[..., Laptop],
) -> None:
    servers = many_servers(60)
    laptop = start(*servers)
    laptop.events.faults.lost_share = 0.5
    laptop.events.faults.duplicated_share = 0.5
    laptop.aws.start(*servers)
    laptop.pass_time(step=60)
    copies = [laptop.servers.count(server) for server in servers]
    assert set(copies) == {0, 1, 2}


def test_events_can_be_late(laptop: Laptop) -> None:
    laptop.events.faults.extra_delay_seconds = 900
    laptop.aws.start(SERVER_A)
    laptop.pass_time()
    ((arrived_at, _),) = laptop.arrived
    (truth,) = laptop.aws.simulator.truth(*HOME).instances
    assert (arrived_at - truth.launched_at).total_seconds() >= 900


def test_a_restart_repeats_nothing_and_forgets_nothing(laptop: Laptop) -> None:
    laptop.events.faults.extra_delay_seconds = 60
    laptop.aws.start(SERVER_A)
    laptop.aws.until_launched(SERVER_A)
    laptop.events.tick()
    assert laptop.arrived == []
    assert laptop.events.changed.is_set()
    saved = json.loads(json.dumps(laptop.events.snapshot()))
    other = Laptop(laptop.aws)
    other.events.restore(saved)
    other.pass_time(600)
    assert other.servers == [SERVER_A]
    with pytest.raises(SnapshotError):
        other.events.restore({"told": {"formatVersion": 9}})
    other.pass_time(600)
    assert other.servers == [SERVER_A]
