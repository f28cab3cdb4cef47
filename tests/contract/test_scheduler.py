"""EventBridge Scheduler: schedules kept as AWS keeps them, and fired on simulated time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.clock import ScaledClock
from local.courier import DeliveryFailed
from local.drs import SnapshotError
from local.protocols.endpoint import Setting
from local.scheduler import Scheduler
from local.ticker import Ticker
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A, code_of

TARGET = "arn:aws:lambda:us-west-2:111122223333:function:reconcile"
ROLE = "arn:aws:iam::111122223333:role/scheduler"
RATE = "rate(2 minutes)"


class Laptop:
    """The schedules of a laptop, a client for them, and a target that notes what it gets."""

    def __init__(self, laptop: AwsLaptop) -> None:
        self.aws = laptop
        self.clock = laptop.clock
        self.received: list[tuple[str, str]] = []
        self.failures_left = 0
        self.scheduler = Scheduler(laptop.setting, self.deliver)

    def deliver(self, target_arn: str, input_json: str) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise DeliveryFailed
        self.received.append((target_arn, input_json))

    @property
    def client(self) -> Any:  # noqa: ANN401 - there are no stubs
        return self.aws.client("scheduler")

    def create(self, name: str, expression: str, **members: object) -> str:
        created = self.client.create_schedule(**self.request(name, expression, **members))
        return str(created["ScheduleArn"])

    def request(self, name: str, expression: str, **members: object) -> dict[str, Any]:
        return {
            "Name": name,
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": TARGET, "RoleArn": ROLE, "Input": json.dumps({"id": name})},
            **members,
        }

    def at(self, seconds: float) -> str:
        moment = self.clock.now() + timedelta(seconds=seconds)
        return f"at({moment:%Y-%m-%dT%H:%M:%S})"

    def pass_time(self, seconds: int, step: int = 30) -> None:
        for _ in range(seconds // step):
            self.clock.advance(step)
            self.scheduler.tick()

    @property
    def inputs(self) -> list[str]:
        return [json.loads(text)["id"] for _, text in self.received]

    @property
    def names(self) -> list[str]:
        return [each["Name"] for each in self.client.list_schedules()["Schedules"]]


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made: list[Laptop] = []

    def services(aws: AwsLaptop) -> dict[str, Scheduler]:
        made.append(Laptop(aws))
        return {"scheduler": made[0].scheduler}

    with AwsLaptop(SERVER_A, services=services):
        yield made[0]


def test_a_one_time_schedule_fires_once_at_its_time(laptop: Laptop) -> None:
    laptop.create("clean-up", laptop.at(3600))
    laptop.pass_time(3570)
    assert laptop.received == []
    laptop.pass_time(7200)
    assert laptop.received == [(TARGET, '{"id": "clean-up"}')]
    assert laptop.names == ["clean-up"]


def test_a_one_time_schedule_that_deletes_itself_is_gone_afterwards(laptop: Laptop) -> None:
    laptop.create("clean-up", laptop.at(60), ActionAfterCompletion="DELETE")
    assert laptop.names == ["clean-up"]
    laptop.pass_time(60)
    assert laptop.inputs == ["clean-up"]
    assert laptop.names == []
    with pytest.raises(ClientError) as refusal:
        laptop.client.get_schedule(Name="clean-up")
    assert code_of(refusal) == ("ResourceNotFoundException", 404)


def test_a_time_is_read_in_the_zone_of_the_schedule(laptop: Laptop) -> None:
    local = laptop.clock.now() + timedelta(hours=1, minutes=1)
    laptop.create(
        "zoned", f"at({local:%Y-%m-%dT%H:%M:%S})", ScheduleExpressionTimezone="Europe/Berlin"
    )
    laptop.pass_time(60)
    assert laptop.inputs == ["zoned"]


def test_a_recurring_schedule_fires_at_once_and_then_at_its_rate(laptop: Laptop) -> None:
    laptop.create("reconcile", RATE)
    laptop.pass_time(30)
    assert laptop.inputs == ["reconcile"]
    laptop.pass_time(600)
    assert len(laptop.inputs) == 6


def test_a_recurring_schedule_that_missed_its_times_fires_once(laptop: Laptop) -> None:
    laptop.create("reconcile", RATE)
    laptop.scheduler.faults.silent = True
    laptop.pass_time(3600)
    assert laptop.received == []
    laptop.scheduler.faults.silent = False
    laptop.scheduler.tick()
    assert len(laptop.received) == 1
    laptop.pass_time(120)
    assert len(laptop.received) == 2


def test_a_late_scheduler_fires_later(laptop: Laptop) -> None:
    laptop.scheduler.faults.late_seconds = 45
    laptop.create("clean-up", laptop.at(60))
    laptop.pass_time(90)
    assert laptop.received == []
    laptop.pass_time(30)
    assert laptop.inputs == ["clean-up"]


def test_a_disabled_or_deleted_schedule_does_not_fire(laptop: Laptop) -> None:
    laptop.create("disabled", RATE, State="DISABLED")
    laptop.create("deleted", RATE)
    laptop.client.delete_schedule(Name="deleted")
    laptop.pass_time(600)
    assert laptop.received == []
    assert laptop.names == ["disabled"]
    with pytest.raises(ClientError) as refusal:
        laptop.client.delete_schedule(Name="deleted")
    assert code_of(refusal) == ("ResourceNotFoundException", 404)


def test_an_update_replaces_the_whole_schedule(laptop: Laptop) -> None:
    arn = laptop.create("reconcile", laptop.at(60), Description="soon", State="DISABLED")
    updated = laptop.client.update_schedule(**laptop.request("reconcile", laptop.at(600)))
    assert updated["ScheduleArn"] == arn
    shown = laptop.client.get_schedule(Name="reconcile")
    assert (shown["State"], shown["ActionAfterCompletion"]) == ("ENABLED", "NONE")
    assert "Description" not in shown
    assert shown["Target"]["Input"] == '{"id": "reconcile"}'
    laptop.pass_time(570)
    assert laptop.received == []
    laptop.pass_time(30)
    assert laptop.inputs == ["reconcile"]


def test_a_schedule_that_does_not_exist_cannot_be_updated(laptop: Laptop) -> None:
    with pytest.raises(ClientError) as refusal:
        laptop.client.update_schedule(**laptop.request("absent", RATE))
    assert code_of(refusal) == ("ResourceNotFoundException", 404)
    assert laptop.names == []


def test_a_name_is_taken_unless_the_same_request_is_repeated(laptop: Laptop) -> None:
    arn = laptop.create("reconcile", RATE, ClientToken="one")
    assert laptop.create("reconcile", RATE, ClientToken="one") == arn
    for members in ({"ClientToken": "two"}, {"ClientToken": "one", "State": "DISABLED"}, {}):
        with pytest.raises(ClientError) as refusal:
            laptop.create("reconcile", RATE, **members)
        assert code_of(refusal) == ("ConflictException", 409)


def test_a_token_is_remembered_past_the_deletion_of_its_schedule(laptop: Laptop) -> None:
    arn = laptop.create("reconcile", RATE, ClientToken="one")
    laptop.client.delete_schedule(Name="reconcile")
    saved = json.loads(json.dumps(laptop.scheduler.snapshot()))
    laptop.scheduler.restore(saved)
    assert laptop.create("reconcile", RATE, ClientToken="one") == arn
    assert laptop.names == []
    laptop.create("reconcile", RATE, ClientToken="two")
    assert laptop.names == ["reconcile"]


def test_schedules_are_listed_by_prefix_state_and_page(laptop: Laptop) -> None:
    for name in ("drill-2", "drill-1", "recovery-1"):
        laptop.create(name, RATE)
    laptop.create("drill-3", RATE, State="DISABLED")

    def listed(**chosen: str) -> list[str]:
        return [each["Name"] for each in laptop.client.list_schedules(**chosen)["Schedules"]]

    assert listed(NamePrefix="drill-", State="ENABLED") == ["drill-1", "drill-2"]
    assert listed(GroupName="default") == ["drill-1", "drill-2", "drill-3", "recovery-1"]
    pages = laptop.client.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["Schedules"]) for page in pages] == [3, 1]
    with pytest.raises(ClientError, match="group other"):
        listed(GroupName="other")


@pytest.mark.parametrize(
    "expression",
    [
        "at(soon)",
        "at(2026-13-01T00:00:00)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "cron(0 8 * * ? *)",
    ],
)
def test_an_expression_that_cannot_be_read_is_refused(laptop: Laptop, expression: str) -> None:
    with pytest.raises(ClientError, match="Invalid Schedule Expression") as refusal:
        laptop.create("odd", expression)
    assert code_of(refusal) == ("ValidationException", 400)
    assert laptop.names == []


def test_what_is_not_simulated_is_said_by_name(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="StartDate") as refusal:
        laptop.create("later", RATE, StartDate=laptop.clock.now())
    assert code_of(refusal) == ("NotSimulatedException", 501)


def test_a_target_that_fails_is_tried_again_until_it_works(laptop: Laptop) -> None:
    laptop.failures_left = 2
    laptop.create("clean-up", laptop.at(30))
    laptop.pass_time(120)
    assert laptop.inputs == ["clean-up"]
    outcomes = [each.outcome for each in laptop.scheduler.deliveries]
    assert outcomes == ["FAILED", "FAILED", "DELIVERED"]


def test_a_target_is_given_up_after_its_last_retry(laptop: Laptop) -> None:
    laptop.failures_left = 100
    target = {"Arn": TARGET, "RoleArn": ROLE, "RetryPolicy": {"MaximumRetryAttempts": 1}}
    laptop.create("clean-up", laptop.at(30), Target=target)
    laptop.pass_time(600)
    assert [each.outcome for each in laptop.scheduler.deliveries] == ["FAILED", "GIVEN_UP"]


def test_without_an_input_the_target_learns_which_schedule_it_was(laptop: Laptop) -> None:
    arn = laptop.create("clean-up", laptop.at(30), Target={"Arn": TARGET, "RoleArn": ROLE})
    laptop.pass_time(30)
    ((_, text),) = laptop.received
    event = json.loads(text)
    assert (event["detail-type"], event["resources"]) == ("Scheduled Event", [arn])


def test_schedules_and_deliveries_under_way_survive_a_restart(laptop: Laptop) -> None:
    laptop.create("reconcile", RATE)
    laptop.failures_left = 1
    laptop.pass_time(30)
    assert laptop.scheduler.changed.is_set()
    saved = json.loads(json.dumps(laptop.scheduler.snapshot()))
    other = Laptop(laptop.aws)
    other.scheduler.restore(saved)
    other.pass_time(30)
    assert other.inputs == ["reconcile"]
    assert list(other.scheduler.truth(*HOME)) == ["reconcile"]
    with pytest.raises(SnapshotError):
        other.scheduler.restore({"schedules": {}})
    assert list(other.scheduler.truth(*HOME)) == ["reconcile"]


def test_a_ticker_fires_schedules_on_a_fast_clock_until_it_is_stopped() -> None:
    fired = threading.Event()
    clock = ScaledClock(scale=10_000)
    scheduler = Scheduler(Setting(clock, HOME), lambda *_: fired.set())
    ticker = Ticker(clock, scheduler.tick, seconds=1, name="scheduler")
    with AwsLaptop(SERVER_A, services=lambda _: {"scheduler": scheduler}) as aws, ticker:
        moment = clock.now() + timedelta(seconds=60)
        aws.client("scheduler").create_schedule(
            Name="clean-up",
            ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": TARGET, "RoleArn": ROLE},
        )
        assert fired.wait(timeout=10)
    assert "scheduler" not in [thread.name for thread in threading.enumerate()]
