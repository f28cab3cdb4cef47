"""What Step Functions tells the event bus: that an execution started or ended, as best effort.

On AWS a child of a Distributed Map is an execution of its own and has events of its own; here it is
a part of its parent and has none.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from local.drs.ids import digest
from local.protocols.requests import Document

DETAIL_TYPE = "Step Functions Execution Status Change"
# Larger ones are left out of the event; "escaped input and output" together, says AWS.
_MOST_DATA_BYTES = 248 * 1024


@dataclass(frozen=True)
class StatusChange:
    """An execution as it is from now on.

    `status`: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED. `input` and `output` are JSON text;
    only an execution that SUCCEEDED has an output.
    """

    execution_arn: str
    state_machine_arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    input: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None

    def event(self) -> str:
        """Return the event as JSON text."""
        _, _, _, region, account_id, *_, name = self.execution_arn.split(":")
        at = self.stopped_at or self.started_at
        event = {
            "version": "0",
            "id": str(uuid.UUID(digest("status", self.execution_arn, self.status)[:32])),
            "detail-type": DETAIL_TYPE,
            "source": "aws.states",
            "account": account_id,
            "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [self.execution_arn],
            "detail": self._detail(name),
        }
        return json.dumps(event)

    def _detail(self, name: str) -> Document:
        escaped = json.dumps(self.input) + json.dumps(self.output)
        included = len(escaped.encode()) <= _MOST_DATA_BYTES
        return {
            "executionArn": self.execution_arn,
            "stateMachineArn": self.state_machine_arn,
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "name": name,
            "status": self.status,
            "startDate": _milliseconds(self.started_at),
            "stopDate": None if self.stopped_at is None else _milliseconds(self.stopped_at),
            "input": self.input if included else None,
            "inputDetails": {"included": included},
            "output": self.output if included else None,
            "outputDetails": None if self.output is None else {"included": included},
            "error": self.error,
            "cause": self.cause,
            "redriveCount": 0,
            "redriveDate": None,
        }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
