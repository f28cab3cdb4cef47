"""The default event bus: PutEvents, events of AWS services, and their way to the rules' targets."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from local.courier import Courier, Deliver, Delivery
from local.drs import CallFault
from local.drs.ids import digest
from local.events.rules import Rule
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.requests import Document
from local.protocols.service import AwsService

_REMEMBERED_EVENTS = 100_000
_DEFAULT_BUS = "default"


@dataclass
class EventBusFaults(JsonFaults):
    """What goes wrong. delay_seconds: from an event's arrival to its delivery.

    lost_share: a seeded share of all events, from whichever source, is never delivered.
    """

    calls: list[CallFault] = field(default_factory=list)
    delay_seconds: float = 0.5
    lost_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class EventBus(AwsService):
    """The bus `default` of every account and Region; all share `rules`, as if others forwarded.

    Events come in through PutEvents, or through `receive` where an AWS service sends them. `tick`,
    called again and again, hands those that match to `deliver(target ARN, event)`.
    """

    def __init__(
        self,
        setting: Setting,
        deliver: Deliver,
        rules: Sequence[Rule] = (),
        faults: EventBusFaults | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.faults = faults or EventBusFaults()
        self._setting = setting
        self._courier = Courier(setting.clock, deliver)
        self._count = 0
        self._events: deque[Document] = deque(maxlen=_REMEMBERED_EVENTS)
        self._endpoint = Endpoint(
            "events", {"PutEvents": self._put_events}, setting, lambda: self.faults.calls
        )

    @property
    def changed(self) -> threading.Event:
        """Set whenever something worth a snapshot happened; whoever persists clears it."""
        return self._courier.changed

    @property
    def events(self) -> list[Document]:
        """Every event that came in, matched or not, oldest first (the last 100,000)."""
        with self._endpoint.lock:
            return list(self._events)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to reach a target so far, oldest first."""
        return self._courier.deliveries

    def receive(self, _bus_arn: str, event_json: str) -> None:
        """Take the event of an AWS service; a `Deliver`, so that others may send to the bus."""
        self._accept(json.loads(event_json))

    def next_at(self) -> datetime | None:
        """Return when a tick has something to do next, None if nothing is under way."""
        return self._courier.next_at()

    def tick(self) -> None:
        """Deliver whatever is due."""
        self._courier.deliver_due()

    def snapshot(self) -> dict[str, Any]:
        """Return the deliveries under way as a JSON-able document."""
        return self._courier.snapshot()

    def restore(self, document: object) -> None:
        """Replace the deliveries by a snapshot's; raises SnapshotError, then changes nothing."""
        self._courier.restore(document)

    def _put_events(self, call: Call) -> Document:
        results = [self._put(entry, call) for entry in call.params["Entries"]]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def _put(self, entry: Document, call: Call) -> Document:
        problem = _problem(entry)
        if problem is not None:
            code, message = problem
            return {"ErrorCode": code, "ErrorMessage": message}
        account_id, region = call.scope
        event = {
            "version": "0",
            "id": self._new_id(),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": account_id,
            "time": _time(entry, call.now),
            "region": region,
            "resources": list(entry.get("Resources") or []),
            "detail": json.loads(entry["Detail"]),
        }
        self._accept(event)
        return {"EventId": event["id"]}

    def _new_id(self) -> str:
        self._count += 1
        # The time too, because a restart begins to count anew.
        now = self._setting.clock.now()
        return str(uuid.UUID(digest("event", self._setting.seed, now, self._count)[:32]))

    def _accept(self, event: Document) -> None:
        due_at = self._setting.clock.now() + timedelta(seconds=self.faults.delay_seconds)
        with self._endpoint.lock:
            self._events.append(event)
        if self._is_lost(event):
            return
        for rule in self.rules:
            if rule.matches(event):
                for target in rule.targets:
                    self._courier.post(target.arn, target.input or json.dumps(event), due_at)

    def _is_lost(self, event: Document) -> bool:
        chance = random.Random(f"{self._setting.seed}:{event['id']}").random()
        return chance < self.faults.lost_share


def _problem(entry: Document) -> tuple[str, str] | None:
    """Return what keeps an entry of PutEvents from being accepted: (code, message)."""
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            return "InvalidArgument", f"Parameter {member} is not valid. Reason: it is required."
    bus = str(entry.get("EventBusName") or _DEFAULT_BUS).rpartition("/")[2]
    if bus != _DEFAULT_BUS:
        return "ResourceNotFoundException", f"Event bus {bus} does not exist."
    if str(entry["Source"]).startswith("aws."):
        return "NotAuthorizedForSourceException", "Sources that begin with aws. are AWS's own."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return "MalformedDetail", "Detail is malformed."
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _time(entry: Document, now: datetime) -> str:
    given = entry.get("Time")
    at = datetime.fromtimestamp(given, UTC) if isinstance(given, int | float) else now
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
