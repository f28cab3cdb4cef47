"""The event bus: PutEvents, rules and targets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.courier import DeliveryFailed
from local.events import DrsEvents, EventBus, Rule, RuleError, Target
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, code_of

NOTIFY = "arn:aws:lambda:us-west-2:111122223333:function:notify"
CHECK = "arn:aws:lambda:us-west-2:111122223333:function:check"
ENTRY = {
    "Source": "drs-orchestrator",
    "DetailType": "Decision Needed",
    "Detail": json.dumps({"wave": "database", "status": "HELD"}),
}
RULES = (
    Rule("notify", {"source": ["drs-orchestrator"]}, (Target(NOTIFY),)),
    Rule(
        "launches",
        {"source": ["aws.drs"], "detail-type": ["DRS Source Server Launch Result"]},
        (Target(CHECK),),
    ),
)


class Laptop:
    """The bus of a laptop, a client for it, and targets that note what they get."""

    def __init__(self, laptop: AwsLaptop) -> None:
        self.aws = laptop
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.failures_left = 0
        self.bus = EventBus(laptop.setting, self.deliver, RULES)

    def deliver(self, target_arn: str, event_json: str) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise DeliveryFailed
        self.received.append((target_arn, json.loads(event_json)))

    def put(self, *entries: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.aws.client("events").put_events(Entries=list(entries))
        return answer

    def pass_time(self, seconds: float = 5) -> None:
        self.aws.clock.advance(seconds)
        self.bus.tick()


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made: list[Laptop] = []

    def services(aws: AwsLaptop) -> dict[str, EventBus]:
        made.append(Laptop(aws))
        return {"events": made[0].bus}

    with AwsLaptop(SERVER_A, services=services):
        yield made[0]


def test_an_event_reaches_the_target_of_the_rule_that_it_matches(laptop: Laptop) -> None:
    answer = laptop.put({**ENTRY, "Resources": ["arn:aws:states:::x"]})
    assert answer["FailedEntryCount"] == 0
    assert laptop.received == []
    laptop.pass_time()
    ((target, event),) = laptop.received
    assert target == NOTIFY
    assert event == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "Decision Needed",
        "source": "drs-orchestrator",
        "account": ACCOUNT,
        "time": "2026-01-01T10:00:00Z",
        "region": REGION,
        "resources": ["arn:aws:states:::x"],
        "detail": {"wave": "database", "status": "HELD"},
    }


def test_an_event_that_no_rule_wants_is_only_recorded(laptop: Laptop) -> None:
    laptop.put({**ENTRY, "Source": "someone-else"})
    laptop.pass_time()
    assert laptop.received == []
    assert [event["source"] for event in laptop.bus.events] == ["someone-else"]


def test_a_bad_entry_fails_alone(laptop: Laptop) -> None:
    answer = laptop.put(
        {**ENTRY, "Detail": "{"},
        {**ENTRY, "Detail": "[]"},
        {**ENTRY, "Source": ""},
        {**ENTRY, "Source": "aws.drs"},
        {**ENTRY, "EventBusName": "other"},
        ENTRY,
    )
    assert answer["FailedEntryCount"] == 5
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
        "NotAuthorizedForSourceException",
        "ResourceNotFoundException",
        None,
    ]
    assert len(laptop.bus.events) == 1


def test_more_than_ten_entries_are_refused(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="'entries'") as refusal:
        laptop.put(*[ENTRY] * 11)
    assert code_of(refusal) == ("ValidationException", 400)
    assert laptop.bus.events == []


def test_an_event_under_way_survives_a_restart_and_a_failing_target(laptop: Laptop) -> None:
    laptop.failures_left = 1
    laptop.put(ENTRY)
    laptop.pass_time()
    saved = json.loads(json.dumps(laptop.bus.snapshot()))
    other = Laptop(laptop.aws)
    other.bus.restore(saved)
    other.pass_time(60)
    assert [target for target, _ in other.received] == [NOTIFY]


def test_events_can_be_lost_and_come_again(laptop: Laptop) -> None:
    laptop.bus.faults.lost_share = 1.0
    laptop.put(ENTRY)
    laptop.pass_time()
    assert (len(laptop.bus.events), laptop.received) == (1, [])
    laptop.bus.faults.lost_share = 0.0
    laptop.put(ENTRY)
    laptop.pass_time()
    assert [target for target, _ in laptop.received] == [NOTIFY]


def test_the_events_of_drs_reach_the_rule_that_asks_for_them(laptop: Laptop) -> None:
    events = DrsEvents(laptop.aws.simulator, lambda: [HOME], laptop.aws.clock, laptop.bus.receive)
    laptop.aws.launch(SERVER_A)
    events.tick()
    laptop.pass_time()
    ((target, event),) = laptop.received
    assert (target, event["detail"]["state"]) == (CHECK, "RECOVERY_LAUNCH_SUCCEEDED")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["drs-orchestrator", "x"]}, True),
        ({"source": ["x"]}, False),
        ({"detail": {"wave": ["database"]}}, True),
        ({"detail": {"wave": ["database"], "status": ["DONE"]}}, False),
        ({"detail": {"wave": [{"prefix": "data"}]}}, True),
        ({"detail": {"absent": [None]}}, False),
        ({"resources": ["arn:b"]}, True),
        ({"resources": {"deep": ["arn:b"]}}, False),
        ({}, True),
    ],
)
def test_a_pattern_chooses_events_by_value(pattern: dict[str, Any], matches: bool) -> None:
    event = {
        "source": "drs-orchestrator",
        "resources": ["arn:a", "arn:b"],
        "detail": {"wave": "database", "status": "HELD"},
    }
    assert Rule("any", pattern, ()).matches(event) is matches
    assert not Rule("any", pattern, (), enabled=False).matches(event)


def test_a_rule_is_read_from_the_template() -> None:
    rule = Rule.from_properties(
        "LaunchRule",
        {
            "EventPattern": {"source": ["aws.drs"]},
            "State": "ENABLED",
            "Targets": [{"Arn": CHECK, "Id": "Target0", "Input": '{"from": "rule"}'}],
        },
    )
    assert rule == Rule("LaunchRule", {"source": ["aws.drs"]}, (Target(CHECK, '{"from": "rule"}'),))


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"ScheduleExpression": "rate(2 minutes)"}, "ScheduleExpression"),
        ({}, "EventPattern"),
        ({"EventPattern": {"source": [{"anything-but": "x"}]}}, "source"),
        ({"EventPattern": {}, "EventBusName": "other"}, "event bus"),
        ({"EventPattern": {}, "Targets": [{"Arn": CHECK, "InputPath": "$"}]}, "InputPath"),
    ],
)
def test_a_rule_that_the_laptop_cannot_follow_is_refused(
    properties: dict[str, Any], named: str
) -> None:
    with pytest.raises(RuleError, match=named):
        Rule.from_properties("LaunchRule", properties)
