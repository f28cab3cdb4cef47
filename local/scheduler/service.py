"""EventBridge Scheduler as a WSGI application, and the tick that makes its schedules fire."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from local.courier import Courier, Deliver, Delivery
from local.drs import CallFault, SnapshotError
from local.protocols import snapshots
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.errors import AwsError, not_simulated
from local.protocols.pages import page
from local.protocols.requests import Document
from local.protocols.service import AwsService
from local.scheduler.expressions import first_time, next_time
from local.scheduler.schedules import Key, Memory, Schedule, summary, view

_DEFAULT_GROUP = "default"
_PAGE_SIZE = 100
_NOT_SIMULATED = ("StartDate", "EndDate", "KmsKeyArn")


@dataclass
class SchedulerFaults(JsonFaults):
    """What goes wrong. late_seconds: how long after its time a target is invoked (AWS: up to 60).

    silent: nothing fires; what became due meanwhile fires once, after that.
    """

    calls: list[CallFault] = field(default_factory=list)
    late_seconds: float = 0.0
    silent: bool = False


class Scheduler(AwsService):
    """Schedules of any number of accounts and Regions.

    `tick`, called again and again (see `local.ticker`), hands what is due to `deliver(target ARN,
    input)`; a recurring schedule that missed several times fires once. `changed` is set whenever
    something worth a snapshot happened. `groups` are the schedule groups that exist everywhere.
    """

    def __init__(
        self, setting: Setting, deliver: Deliver, faults: SchedulerFaults | None = None
    ) -> None:
        self.faults = faults or SchedulerFaults()
        self.groups: frozenset[str] = frozenset({_DEFAULT_GROUP})
        self._setting = setting
        self._courier = Courier(setting.clock, deliver)
        self._memory = Memory()
        self._endpoint = Endpoint(
            "scheduler",
            {
                "CreateSchedule": self._create,
                "GetSchedule": self._get,
                "UpdateSchedule": self._update,
                "DeleteSchedule": self._delete,
                "ListSchedules": self._list,
            },
            setting,
            lambda: self.faults.calls,
        )

    @property
    def changed(self) -> threading.Event:
        """Set whenever something worth a snapshot happened; whoever persists clears it."""
        return self._courier.changed

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to invoke a target so far, oldest first."""
        return self._courier.deliveries

    def next_at(self) -> datetime | None:
        """Return when a tick has something to do next, None if nothing ever will be due."""
        late = timedelta(seconds=self.faults.late_seconds)
        with self._endpoint.lock:
            times = [each.next_at for each in self._memory.schedules.values() if each.is_enabled]
        due = [] if self.faults.silent else [time + late for time in times if time]
        return min((each for each in [*due, self._courier.next_at()] if each), default=None)

    def tick(self) -> None:
        """Invoke every target whose time has come."""
        if not self.faults.silent:
            self._post_due()
        self._courier.deliver_due()

    def truth(self, account_id: str, region: str) -> dict[str, Schedule]:
        """Return the schedules that exist, by their names."""
        with self._endpoint.lock:
            return {
                schedule.key.name: schedule
                for schedule in self._memory.schedules.values()
                if (schedule.key.account_id, schedule.key.region) == (account_id, region)
            }

    def snapshot(self) -> dict[str, Any]:
        """Return schedules and deliveries under way as a JSON-able document."""
        with self._endpoint.lock:
            return {
                "schedules": snapshots.write(self._memory, Memory),
                "deliveries": self._courier.snapshot(),
            }

    def restore(self, document: object) -> None:
        """Replace the memory by a snapshot's; raises SnapshotError and then changes nothing."""
        if not isinstance(document, dict):
            raise SnapshotError("the snapshot of the Scheduler is not a JSON object")
        memory = snapshots.read(document.get("schedules"), Memory, "the Scheduler")
        with self._endpoint.lock:
            self._courier.restore(document.get("deliveries"))
            self._memory = memory

    def _post_due(self) -> None:
        with self._endpoint.lock:
            now = self._setting.clock.now()
            late = timedelta(seconds=self.faults.late_seconds)
            for arn, schedule in list(self._memory.schedules.items()):
                if schedule.next_at is None or not schedule.is_due(now - late):
                    continue
                due_at = schedule.next_at
                next_at = next_time(schedule.expression, due_at, now)
                self._courier.post(
                    schedule.target_arn, schedule.input_at(due_at), now, schedule.retry_policy
                )
                self._memory.schedules[arn] = replace(schedule, next_at=next_at)
                if next_at is None and schedule.deletes_itself:
                    del self._memory.schedules[arn]

    def _create(self, call: Call) -> Document:
        """Create a schedule; the same request with the same token has its effect once.

        How long AWS remembers a token is not documented. The worse is assumed: for ever, also
        after the schedule was deleted; the repetition then creates nothing, and says it did.
        """
        wanted, token = self._wanted(call), call.params.get("ClientToken")
        known, answer = f"{wanted.key.arn} {token}", {"ScheduleArn": wanted.key.arn}
        if token and self._memory.repeatable.get(known) == wanted.request:
            return answer
        if wanted.key.arn in self._memory.schedules:
            raise AwsError("ConflictException", f"Schedule {wanted.key.name} already exists.", 409)
        if token:
            self._memory.repeatable[known] = wanted.request
        self._keep(wanted)
        return answer

    def _update(self, call: Call) -> Document:
        """Replace a schedule as a whole: what the request leaves out gets its default."""
        wanted = self._wanted(call)
        known = self._find(wanted.key)
        self._keep(replace(wanted, created_at=known.created_at))
        return {"ScheduleArn": wanted.key.arn}

    def _get(self, call: Call) -> Document:
        return view(self._find(self._key(call)))

    def _delete(self, call: Call) -> Document:
        del self._memory.schedules[self._find(self._key(call)).key.arn]
        self.changed.set()
        return {}

    def _list(self, call: Call) -> Document:
        group = self._group(call) if call.params.get("GroupName") else None
        prefix, state = str(call.params.get("NamePrefix") or ""), call.params.get("State")
        schedules = self.truth(*call.scope)
        chosen = [
            schedules[name]
            for name in sorted(schedules)
            if name.startswith(prefix)
            and state in {None, schedules[name].request["State"]}
            and group in {None, schedules[name].key.group}
        ]
        shown, token = page(chosen, call.params, size=_PAGE_SIZE, refusal="ValidationException")
        return {"Schedules": [summary(schedule) for schedule in shown], "NextToken": token}

    def _wanted(self, call: Call) -> Schedule:
        params = dict(call.params)
        refused = [name for name in _NOT_SIMULATED if name in params]
        if refused:
            raise not_simulated(f"a schedule with {refused[0]}", ["its absence"])
        key, kept_apart = self._key(call), {"Name", "GroupName", "ClientToken"}
        request = {
            "State": "ENABLED",
            "ActionAfterCompletion": "NONE",
            "ScheduleExpressionTimezone": "UTC",
            **{name: value for name, value in params.items() if name not in kept_apart},
        }
        next_at = first_time(
            request["ScheduleExpression"], request["ScheduleExpressionTimezone"], call.now
        )
        return Schedule(key, request, call.now, call.now, next_at)

    def _find(self, key: Key) -> Schedule:
        if key.arn not in self._memory.schedules:
            raise AwsError("ResourceNotFoundException", f"Schedule {key.name} does not exist.", 404)
        return self._memory.schedules[key.arn]

    def _key(self, call: Call) -> Key:
        return Key(*call.scope, self._group(call), str(call.params["Name"]))

    def _group(self, call: Call) -> str:
        group = str(call.params.get("GroupName") or _DEFAULT_GROUP)
        if group not in self.groups:
            message = f"Schedule group {group} does not exist."
            raise AwsError("ResourceNotFoundException", message, 404)
        return group

    def _keep(self, schedule: Schedule) -> None:
        self._memory.schedules[schedule.key.arn] = schedule
        self.changed.set()
