"""What DRS tells the event bus: the result of each server's launch, as best effort.

DRS sends no event for a job as a whole, none when it starts and none about terminations.
https://docs.aws.amazon.com/drs/latest/userguide/monitoring-event-bridge-sample.html
"""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from local.clock import Clock
from local.courier import Courier, Deliver, Delivery
from local.drs import LaunchEnds, SnapshotError
from local.drs.ids import arn, digest, partition
from local.drs.state import Scope
from local.protocols import snapshots
from local.protocols.documents import JsonFaults

DETAIL_TYPE = "DRS Source Server Launch Result"
_CAME_UP, _FAILED = "RECOVERY_LAUNCH_SUCCEEDED", "RECOVERY_LAUNCH_FAILED"


@dataclass
class DrsEventFaults(JsonFaults):
    """What goes wrong: seeded shares of the events are lost or come twice, all come later.

    latency_seconds: events come within that time of the launch's end; no source gives a figure.
    """

    lost_share: float = 0.0
    duplicated_share: float = 0.0
    extra_delay_seconds: float = 0.0
    latency_seconds: float = 5.0


class LaunchSource(Protocol):
    """What launches there are; the DRS simulator is one."""

    def launch_ends(self, account_id: str, region: str, *, but: Container[str]) -> list[LaunchEnds]:
        """Return when which launches ended, by LAUNCH job, `but` the jobs of these ids."""
        ...


@dataclass(frozen=True)
class _Result:
    """The end of one server's launch."""

    job_id: str
    is_drill: bool
    server_id: str
    state: str
    ended_at: datetime

    @property
    def key(self) -> str:
        return f"{self.job_id}/{self.server_id}"


@dataclass
class _Memory:
    told: set[str] = field(default_factory=set)


class DrsEvents:
    """Watches `source` and hands a launch result to `deliver(bus ARN, event)` for every server.

    `scopes` says where to look. `tick`, called again and again, does both; each result is told once
    (twice with a fault), across restarts too. `changed` is set when there is something to save.
    """

    def __init__(
        self,
        source: LaunchSource,
        scopes: Callable[[], Iterable[Scope]],
        clock: Clock,
        deliver: Deliver,
        faults: DrsEventFaults | None = None,
        *,
        seed: int = 0,
    ) -> None:
        self.faults = faults or DrsEventFaults()
        self._source = source
        self._scopes = scopes
        self._courier = Courier(clock, deliver)
        self._seed = seed
        self._memory = _Memory()
        # Jobs that will tell nothing new: a long history must not cost anything at each tick.
        self._settled: set[str] = set()
        self._lock = threading.Lock()

    @property
    def changed(self) -> threading.Event:
        """Set whenever something worth a snapshot happened; whoever persists clears it."""
        return self._courier.changed

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event handed over so far, oldest first."""
        return self._courier.deliveries

    def next_at(self) -> datetime | None:
        """Return when an event is due next that is known by now, None if there is none."""
        return self._courier.next_at()

    def tick(self) -> None:
        """Look for launches that ended, and hand over every event whose time has come."""
        for scope in self._scopes():
            self._look(scope)
        self._courier.deliver_due()

    def snapshot(self) -> dict[str, Any]:
        """Return what was told and what is under way as a JSON-able document."""
        with self._lock:
            return {
                "told": snapshots.write(self._memory, _Memory),
                "deliveries": self._courier.snapshot(),
            }

    def restore(self, document: object) -> None:
        """Replace the memory by a snapshot's; raises SnapshotError and then changes nothing."""
        if not isinstance(document, dict):
            raise SnapshotError("the snapshot of DRS's events is not a JSON object")
        memory = snapshots.read(document.get("told"), _Memory, "DRS's events")
        with self._lock:
            self._courier.restore(document.get("deliveries"))
            self._memory, self._settled = memory, set()

    def _look(self, scope: Scope) -> None:
        with self._lock:
            jobs = self._source.launch_ends(*scope, but=self._settled)
            for result in _results(jobs):
                if result.key not in self._memory.told:
                    self._memory.told.add(result.key)
                    self._send(scope, result)
            self._settled.update(job.job_id for job in jobs if job.is_over)

    def _send(self, scope: Scope, result: _Result) -> None:
        chance = random.Random(f"{self._seed}:{result.key}")
        latency = chance.uniform(0, self.faults.latency_seconds)
        lost, twice = chance.random(), chance.random()
        if lost < self.faults.lost_share:
            self.changed.set()
            return
        bus = f"arn:{partition(scope.region)}:events:{scope.region}:{scope.account_id}"
        due_at = result.ended_at + timedelta(seconds=latency + self.faults.extra_delay_seconds)
        for _ in range(2 if twice < self.faults.duplicated_share else 1):
            self._courier.post(f"{bus}:event-bus/default", _event(scope, result), due_at)


def _results(jobs: Iterable[LaunchEnds]) -> Iterator[_Result]:
    for job in jobs:
        for state, ends in ((_CAME_UP, job.came_up), (_FAILED, job.failed)):
            for server_id, ended_at in ends.items():
                yield _Result(job.job_id, job.is_drill, server_id, state, ended_at)


def _event(scope: Scope, result: _Result) -> str:
    event = {
        "version": "0",
        "id": str(uuid.UUID(digest("event", result.key)[:32])),
        "detail-type": DETAIL_TYPE,
        "source": "aws.drs",
        "account": scope.account_id,
        "time": result.ended_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": scope.region,
        "resources": [arn(scope.account_id, scope.region, "source-server", result.server_id)],
        "detail": {
            "state": result.state,
            "job-id": result.job_id,
            "is-drill": "TRUE" if result.is_drill else "FALSE",
        },
    }
    return json.dumps(event)
