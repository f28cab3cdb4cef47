"""One call from its faults to its answer.

The order of the checks: what a fault refuses, initialisation, input, then the operation's own.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.drs import validation
from local.drs.behaviour import Behaviour
from local.drs.errors import (
    BUSY_SERVER,
    ConnectionLost,
    DrsError,
    access_denied,
    conflict,
    internal,
    not_simulated,
    throttled,
    uninitialized,
)
from local.drs.faults import CallFaultKind, Faults
from local.drs.operations import CHANGES_STATE, OPERATIONS, WORKS_UNINITIALIZED
from local.drs.operations.context import Context
from local.drs.records import CallRecord
from local.drs.state import Document, Scope, State
from local.protocols.models import find_operation

_REFUSALS: dict[CallFaultKind, Callable[[str], Exception]] = {
    CallFaultKind.THROTTLE: lambda _: throttled(),
    CallFaultKind.CONFLICT: lambda _: conflict(BUSY_SERVER),
    CallFaultKind.ACCESS_DENIED: access_denied,
    CallFaultKind.SERVER_ERROR: lambda _: internal(),
    CallFaultKind.LOST_REQUEST: lambda operation: ConnectionLost(operation, effect=False),
}
_LOSSES: dict[CallFaultKind, Callable[[str], Exception]] = {
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT: lambda _: internal(),
    CallFaultKind.LOST_ANSWER: lambda operation: ConnectionLost(operation, effect=True),
}


@dataclass
class Exchange:
    """A call under way; afterwards it tells what became of it."""

    state: State
    faults: Faults
    behaviour: Behaviour
    seed: int
    now: datetime
    operation: str
    params: Document
    scope: Scope
    outcome: str = field(default="OK", init=False)
    answer: Document | None = field(default=None, init=False)

    @property
    def changed_state(self) -> bool:
        """Whether the call took effect on the memory, whatever the caller was told."""
        return self.answer is not None and self.operation in CHANGES_STATE

    def run(self) -> dict[str, Any]:
        """Return the answer; raises DrsError or ConnectionLost."""
        try:
            return self._run()
        except DrsError as error:
            self.outcome = error.code
            raise
        except ConnectionLost as lost:
            self.outcome = "LostAnswer" if lost.effect else "LostRequest"
            raise

    def record(self) -> CallRecord:
        """Return what the record of calls keeps."""
        job: Document = (self.answer or {}).get("job") or {}
        return CallRecord(
            operation=self.operation,
            account_id=self.scope.account_id,
            region=self.scope.region,
            at=self.now,
            # As JSON had them; of plain values this is the cheapest copy.
            params=pickle.loads(pickle.dumps(self.params)),  # noqa: S301 - our own
            outcome=self.outcome,
            job_id=job.get("jobID"),
            shown=tuple(
                each["recoveryInstanceID"]
                for each in (self.answer or {}).get("items", ())
                if self.operation == "DescribeRecoveryInstances"
            ),
        )

    def _run(self) -> Document:
        if self.operation not in OPERATIONS:
            raise not_simulated(f"DRS {self.operation}", tuple(OPERATIONS))
        if self.faults.throttles(self.scope, self.operation, self.now):
            raise throttled()
        fault = self.faults.of_call(self.operation, self.now, self.seed)
        if fault in _REFUSALS:
            raise _REFUSALS[fault](self.operation)
        self.answer = self._perform()
        if fault in _LOSSES:
            raise _LOSSES[fault](self.operation)
        return self.answer

    def _perform(self) -> Document:
        estate = self.state.estate(self.scope)
        if not estate.initialized and self.operation not in WORKS_UNINITIALIZED:
            raise uninitialized(*self.scope)
        model = find_operation("drs", self.operation)
        validation.check(self.params, model.input_shape if model else None)
        context = Context(
            self.operation,
            estate,
            self.now,
            self.faults,
            self.behaviour,
            self.seed,
            self.state.next_sequence,
        )
        return OPERATIONS[self.operation](context, self.params)
