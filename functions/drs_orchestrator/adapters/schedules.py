"""Schedules in EventBridge Scheduler."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.clean_up import clean_up_name
from drs_orchestrator.domain.errors import ScheduleUnavailable, shortened

if TYPE_CHECKING:
    from types_boto3_scheduler import EventBridgeSchedulerClient


class EventBridgeSchedules:
    """Fulfils the port `Schedules`.

    The schedules lie in the group `group`; Scheduler acts as the role `role_name` and starts the
    state machine `state_machine_name`.
    """

    def __init__(
        self, sessions: Sessions, *, group: str, role_name: str, state_machine_name: str
    ) -> None:
        self._sessions = sessions
        self._group = group
        self._role_name = role_name
        self._state_machine_name = state_machine_name

    def clean_up_at(self, execution_id: str, time: datetime) -> None:
        """Start the clean-up of an execution once; the schedule's name makes two of them one."""
        name = clean_up_name(execution_id)
        # Schedules know no fraction of a second; never before the time that was promised.
        second = (time + timedelta(seconds=0.999999)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        account, region = self._sessions.home
        partition = self._sessions.at(self._sessions.home).get_partition_for_region(region)
        machine = f"{region}:{account}:stateMachine:{self._state_machine_name}"
        try:
            self._client.create_schedule(
                Name=name,
                GroupName=self._group,
                ClientToken=name,
                Description=f"Terminates what drill {execution_id} launched",
                ScheduleExpression=f"at({second})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": f"arn:{partition}:states:{machine}",
                    "RoleArn": f"arn:{partition}:iam::{account}:role/{self._role_name}",
                    "Input": json.dumps({"executionId": execution_id, "requestedBy": "schedule"}),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise ScheduleUnavailable(shortened(f"CreateSchedule '{name}': {error}")) from error
        except BotoCoreError as error:
            raise ScheduleUnavailable(shortened(f"CreateSchedule '{name}': {error}")) from error

    @cached_property
    def _client(self) -> EventBridgeSchedulerClient:
        return clients.scheduler(self._sessions.at(self._sessions.home))
