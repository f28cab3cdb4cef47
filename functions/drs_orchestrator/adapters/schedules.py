"""Schedules in EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.clean_up import clean_up_name
from drs_orchestrator.domain.errors import ScheduleUnavailable, shortened
from drs_orchestrator.domain.schedule_name import name_after

if TYPE_CHECKING:
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_scheduler.literals import ActionAfterCompletionType
    from types_boto3_scheduler.type_defs import TargetTypeDef


class _Schedule(TypedDict):
    """What is particular to one kind of schedule."""

    Description: str
    ScheduleExpression: str
    ActionAfterCompletion: NotRequired[ActionAfterCompletionType]
    Target: TargetTypeDef


class EventBridgeSchedules:
    """Fulfils the port `Schedules`.

    The schedules lie in the group `group`; Scheduler acts as the role `role_name`, starts the state
    machine `state_machine_name` and invokes the function `reconcile_function_name`.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        group: str,
        role_name: str,
        state_machine_name: str,
        reconcile_function_name: str,
    ) -> None:
        self._sessions = sessions
        self._group = group
        self._role_name = role_name
        self._state_machine_name = state_machine_name
        self._reconcile_function_name = reconcile_function_name

    def clean_up_at(self, execution_id: str, time: datetime) -> None:
        """Start the clean-up of an execution once; the schedule's name makes two of them one."""
        self._create(
            clean_up_name(execution_id),
            Description=f"Terminates what drill {execution_id} launched",
            ScheduleExpression=_once_at(time),
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": self._arn("states", f"stateMachine:{self._state_machine_name}"),
                "RoleArn": self._role_arn,
                "Input": json.dumps({"executionId": execution_id, "requestedBy": "schedule"}),
            },
        )

    def reconcile_regularly(self, execution_id: str) -> None:
        """Reconcile the execution every two minutes from now on."""
        self._create(
            name_after("reconcile", execution_id),
            Description=f"Looks after execution {execution_id} until nothing of it lives",
            ScheduleExpression="rate(2 minutes)",
            Target={
                **self._look_after(execution_id),
                # The next look comes soon enough.
                "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
            },
        )

    def reconcile_at(self, execution_id: str, time: datetime) -> None:
        """Reconcile the execution once more, whatever has become of the regular looks."""
        self._create(
            name_after("look", execution_id),
            Description=f"Looks whether the clean-up of drill {execution_id} has begun",
            ScheduleExpression=_once_at(time),
            ActionAfterCompletion="DELETE",
            Target=self._look_after(execution_id),
        )

    def stop_reconciling(self, execution_id: str) -> None:
        """Reconcile the execution no more."""
        name = name_after("reconcile", execution_id)
        with _calling(f"DeleteSchedule '{name}'", unless="ResourceNotFoundException"):
            self._client.delete_schedule(Name=name, GroupName=self._group)

    def _create(self, name: str, **schedule: Unpack[_Schedule]) -> None:
        """Create a schedule unless there is one of this name.

        Without a token of ours: one that Scheduler remembers past the schedule's deletion would
        keep us from making it anew. The SDK sends a new one, the same with each of its retries.
        """
        with _calling(f"CreateSchedule '{name}'", unless="ConflictException"):
            self._client.create_schedule(
                Name=name,
                GroupName=self._group,
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                **schedule,
            )

    def _look_after(self, execution_id: str) -> TargetTypeDef:
        return {
            "Arn": self._arn("lambda", f"function:{self._reconcile_function_name}"),
            "RoleArn": self._role_arn,
            "Input": json.dumps({"executionId": execution_id}),
        }

    @property
    def _role_arn(self) -> str:
        account, _ = self._sessions.home
        return f"arn:{self._partition}:iam::{account}:role/{self._role_name}"

    def _arn(self, service: str, resource: str) -> str:
        account, region = self._sessions.home
        return f"arn:{self._partition}:{service}:{region}:{account}:{resource}"

    @property
    def _partition(self) -> str:
        _, region = self._sessions.home
        return self._sessions.at(self._sessions.home).get_partition_for_region(region)

    @cached_property
    def _client(self) -> EventBridgeSchedulerClient:
        return clients.scheduler(self._sessions.at(self._sessions.home))


def _once_at(time: datetime) -> str:
    """Return the expression; schedules know no fraction of a second, and are never early."""
    second = (time + timedelta(seconds=0.999999)).astimezone(UTC)
    return f"at({second:%Y-%m-%dT%H:%M:%S})"


@contextmanager
def _calling(call: str, *, unless: str) -> Iterator[None]:
    """Raise ScheduleUnavailable for errors but the one that says that it is so already."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != unless:
            raise ScheduleUnavailable(shortened(f"{call}: {error}")) from error
    except BotoCoreError as error:
        raise ScheduleUnavailable(shortened(f"{call}: {error}")) from error
