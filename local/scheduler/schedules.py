"""Schedules: what the Scheduler remembers, and how it shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.courier import RetryPolicy
from local.drs.ids import digest, partition
from local.protocols.requests import Document


@dataclass(frozen=True)
class Key:
    """What names a schedule."""

    account_id: str
    region: str
    group: str
    name: str

    @property
    def arn(self) -> str:
        """The schedule's ARN."""
        return (
            f"arn:{partition(self.region)}:scheduler:{self.region}:{self.account_id}"
            f":schedule/{self.group}/{self.name}"
        )


@dataclass(frozen=True)
class Schedule:
    """A schedule. `request` holds the members that a person chose; `next_at` None: never again."""

    key: Key
    request: dict[str, Any]
    created_at: datetime
    modified_at: datetime
    next_at: datetime | None

    @property
    def expression(self) -> str:
        """The schedule expression."""
        return str(self.request["ScheduleExpression"])

    @property
    def target_arn(self) -> str:
        """The target that is invoked."""
        return str(self.request["Target"]["Arn"])

    @property
    def is_enabled(self) -> bool:
        """Whether it fires at all."""
        return str(self.request["State"]) == "ENABLED"

    @property
    def deletes_itself(self) -> bool:
        """Whether it goes away after its last invocation."""
        return str(self.request["ActionAfterCompletion"]) == "DELETE"

    @property
    def retry_policy(self) -> RetryPolicy:
        """When an invocation is given up."""
        asked: Document = self.request["Target"].get("RetryPolicy") or {}
        return RetryPolicy(
            max_age_seconds=float(asked.get("MaximumEventAgeInSeconds", 86_400)),
            max_retries=int(asked.get("MaximumRetryAttempts", 185)),
        )

    def is_due(self, at: datetime) -> bool:
        """Return whether its target is to be invoked at time `at`."""
        return self.next_at is not None and self.next_at <= at and self.is_enabled

    def input_at(self, at: datetime) -> str:
        """Return what the target gets: its Input, else an event that says which schedule it was."""
        given = self.request["Target"].get("Input")
        if given is not None:
            return str(given)
        event = {
            "version": "0",
            "id": digest("scheduled", self.key.arn, at)[:32],
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self.key.account_id,
            "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.key.region,
            "resources": [self.key.arn],
            "detail": "{}",
        }
        return json.dumps(event)


@dataclass
class Memory:
    """Every schedule, by its ARN.

    `repeatable`: what was created, by ARN and client token, and is answered without another effect.
    """

    schedules: dict[str, Schedule] = field(default_factory=dict)
    repeatable: dict[str, dict[str, Any]] = field(default_factory=dict)


def view(schedule: Schedule) -> Document:
    """Return the schedule as GetSchedule shows it."""
    return {
        "Arn": schedule.key.arn,
        "Name": schedule.key.name,
        "GroupName": schedule.key.group,
        "CreationDate": schedule.created_at,
        "LastModificationDate": schedule.modified_at,
        **schedule.request,
    }


def summary(schedule: Schedule) -> Document:
    """Return the schedule as ListSchedules shows it."""
    return {
        "Arn": schedule.key.arn,
        "Name": schedule.key.name,
        "GroupName": schedule.key.group,
        "State": schedule.request["State"],
        "CreationDate": schedule.created_at,
        "LastModificationDate": schedule.modified_at,
        "Target": {"Arn": schedule.target_arn},
    }
