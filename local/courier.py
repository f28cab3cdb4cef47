"""Delivers events and scheduled inputs to their targets at a moment of the clock.

EventBridge and its Scheduler share the rules: at least once, again after a failure, and given up
after so many attempts or so long.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from local.clock import Clock
from local.protocols import snapshots

_REMEMBERED_DELIVERIES = 100_000

Deliver = Callable[[str, str], None]
"""Hands the input (JSON text) to the target with that ARN; raises DeliveryFailed."""


class DeliveryFailed(Exception):
    """The target could not be reached or refused; the delivery is tried again later."""


@dataclass(frozen=True)
class RetryPolicy:
    """When a delivery is given up; the defaults are EventBridge's."""

    max_age_seconds: float = 86_400.0
    max_retries: int = 185
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0


@dataclass(frozen=True)
class Parcel:
    """One delivery still to be made; `posted_at` is when it was due first."""

    number: int
    target_arn: str
    input: str
    due_at: datetime
    posted_at: datetime
    policy: RetryPolicy = RetryPolicy()
    failures: int = 0


@dataclass(frozen=True)
class Delivery:
    """An attempt. `outcome`: DELIVERED, or FAILED (tried again later) or GIVEN_UP for a reason."""

    target_arn: str
    input: str
    at: datetime
    outcome: str
    reason: str | None = None


@dataclass
class _Memory:
    parcels: dict[int, Parcel] = field(default_factory=dict)
    posted: int = 0


class Courier:
    """Parcels on their way. `changed` is set whenever something worth a snapshot happened.

    A snapshot taken during a delivery still holds the parcel: it may be delivered twice, never not.
    """

    def __init__(self, clock: Clock, deliver: Deliver) -> None:
        self.changed = threading.Event()
        self._clock = clock
        self._deliver = deliver
        self._memory = _Memory()
        self._deliveries: deque[Delivery] = deque(maxlen=_REMEMBERED_DELIVERIES)
        self._lock = threading.RLock()
        self._one_round_at_a_time = threading.Lock()

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt so far, oldest first (the last 100,000)."""
        with self._lock:
            return list(self._deliveries)

    @property
    def waiting(self) -> list[Parcel]:
        """What is still to be delivered."""
        with self._lock:
            return list(self._memory.parcels.values())

    def next_at(self) -> datetime | None:
        """Return when a delivery is due next, None if there is none."""
        with self._lock:
            return min((each.due_at for each in self._memory.parcels.values()), default=None)

    def post(
        self, target_arn: str, input_json: str, due_at: datetime, policy: RetryPolicy | None = None
    ) -> None:
        """Take a parcel that is to be delivered at `due_at`."""
        with self._lock:
            self._memory.posted += 1
            number = self._memory.posted
            self._memory.parcels[number] = Parcel(
                number, target_arn, input_json, due_at, due_at, policy or RetryPolicy()
            )
        self.changed.set()

    def deliver_due(self) -> int:
        """Attempt every delivery that is due, in the order of their times; returns how many."""
        with self._one_round_at_a_time:
            now = self._clock.now()
            due = sorted(
                (parcel for parcel in self.waiting if parcel.due_at <= now),
                key=lambda parcel: (parcel.due_at, parcel.number),
            )
            for parcel in due:
                self._attempt(parcel, now)
            return len(due)

    def snapshot(self) -> dict[str, Any]:
        """Return the parcels as a JSON-able document."""
        with self._lock:
            return snapshots.write(self._memory, _Memory)

    def restore(self, document: object) -> None:
        """Replace the parcels by a snapshot's; raises SnapshotError and then changes nothing."""
        memory = snapshots.read(document, _Memory, "the deliveries")
        with self._lock:
            self._memory = memory

    def _attempt(self, parcel: Parcel, now: datetime) -> None:
        again: Parcel | None = None
        outcome, reason = "DELIVERED", None
        try:
            self._deliver(parcel.target_arn, parcel.input)
        except DeliveryFailed as failure:
            again, reason = _again(parcel, now), str(failure)
            outcome = "FAILED" if again else "GIVEN_UP"
        with self._lock:
            self._memory.parcels.pop(parcel.number, None)
            if again is not None:
                self._memory.parcels[again.number] = again
            self._deliveries.append(Delivery(parcel.target_arn, parcel.input, now, outcome, reason))
        self.changed.set()


def _again(parcel: Parcel, now: datetime) -> Parcel | None:
    """Return the parcel for its next attempt, None if its policy gives it up."""
    policy = parcel.policy
    # Beyond 2^10 the longest wait counts anyway.
    doubled = policy.first_wait_seconds * 2 ** min(parcel.failures, 10)
    due_at = now + timedelta(seconds=min(doubled, policy.longest_wait_seconds))
    too_old = due_at > parcel.posted_at + timedelta(seconds=policy.max_age_seconds)
    if too_old or parcel.failures >= policy.max_retries:
        return None
    return replace(parcel, due_at=due_at, failures=parcel.failures + 1)
