"""Every error the product raises on purpose.

OrchestratorError
├── NotFound                 HTTP 404
│   ├── PlanNotFound
│   ├── GroupNotFound
│   ├── ExecutionNotFound
│   ├── WaveNotFound
│   ├── ActionNotFound
│   └── AccountNotFound
├── Invalid                  HTTP 422, with the places that are wrong
│   ├── InvalidPlan
│   ├── InvalidGroup
│   └── InvalidRequest
├── Conflict                 HTTP 409
│   ├── NameTaken
│   ├── ServersInOtherGroup
│   ├── GroupInUse
│   ├── AccountExists
│   ├── StaleVersion         HTTP 412
│   ├── VersionMissing       HTTP 428
│   ├── ExecutionExists
│   ├── ExecutionClosed
│   ├── ExecutionPaused
│   ├── StaleDecision
│   ├── StaleReport
│   ├── ServersLocked
│   ├── LiveRecoveryInstance
│   └── CleanUpRefused
├── Denied                   HTTP 403
│   ├── DrsDenied
│   ├── LaunchRefused
│   ├── ActionRefused
│   └── TerminationRefused
├── Unavailable              HTTP 503, worth another try
│   ├── StoreUnavailable
│   ├── WorkflowUnavailable
│   ├── AccountUnreachable
│   ├── DrsUnavailable
│   ├── DrsThrottled
│   ├── QuotaExceeded
│   ├── ActionUnavailable
│   ├── InstanceBusy
│   ├── ScheduleUnavailable
│   └── HealthUnknown
└── OutcomeUnknown           DRS may or may not have acted: look, never send again at once
    └── LaunchConflict

In a workflow step the class name is the Step Functions error name; `statemachines/` may use no
other. A message names the thing, the place and the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One wrong place in a document: a JSON pointer (RFC 6901) and what to do about it."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}"


class OrchestratorError(Exception):
    """Root of the tree."""


class NotFound(OrchestratorError):
    """The named thing does not exist."""


class PlanNotFound(NotFound):
    """No recovery plan has this id."""


class GroupNotFound(NotFound):
    """No protection group has this id or name."""


class ExecutionNotFound(NotFound):
    """No execution has this id."""


class WaveNotFound(NotFound):
    """The execution has no wave of this name."""


class AccountNotFound(NotFound):
    """The account has no entry."""


class ActionNotFound(NotFound):
    """The wave has no action of this name."""


# Messages travel in the workflow's state and in Step Functions' causes, which are cut off hard.
_NAMED_IN_MESSAGE = 10
_LONGEST_MESSAGE = 1000


def shortened(text: str) -> str:
    """Return a text that fits into a reason or a cause."""
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 4] + " ..."


def first_few(things: Sequence[object]) -> list[str]:
    """Return what a message says of many things: the first ones, and how many more there are."""
    more = len(things) - _NAMED_IN_MESSAGE
    return [*map(str, things[:_NAMED_IN_MESSAGE]), *([f"and {more} more"] if more > 0 else [])]


class Invalid(OrchestratorError):
    """The request cannot be carried out as it stands; `faults` names every place."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(shortened("; ".join([message, *first_few(faults)])))
        self.detail = message
        self.faults = tuple(faults)


class InvalidPlan(Invalid):
    """The recovery plan contradicts itself, or names things that do not exist."""


class InvalidGroup(Invalid):
    """The protection group contradicts itself, or names servers that do not exist."""


class InvalidRequest(Invalid):
    """The request's parameters are wrong."""


class Conflict(OrchestratorError):
    """The request contradicts the present state."""


class NameTaken(Conflict):
    """Another thing of this kind has the name already; names ignore case."""


class ServersInOtherGroup(Conflict):
    """A server may be in one protection group only."""


class GroupInUse(Conflict):
    """A recovery plan refers to the protection group."""


class AccountExists(Conflict):
    """The account has an entry already."""


class HalfWritten(Conflict):
    """A recovery plan was changed, and the groups of its document are not all written yet; or a
    protection group itself is not.
    """


class StaleVersion(Conflict):
    """Somebody changed the thing since it was read."""


class VersionMissing(Conflict):
    """An edit must say which version it was made from."""


class ExecutionExists(Conflict):
    """An execution of this name exists already."""


class ExecutionClosed(Conflict):
    """The execution starts nothing any more."""


class ExecutionPaused(Conflict):
    """The execution starts nothing until it is resumed."""


class StaleDecision(Conflict):
    """The wave does not ask this question, or not any more."""


class StaleReport(Conflict):
    """Nobody waits for this result of an action, or not any more."""


class ServersLocked(Conflict):
    """Another live execution holds some of the servers."""


class LiveRecoveryInstance(Conflict):
    """A launch would replace the live recovery instance of a real recovery."""


class CleanUpRefused(Conflict):
    """Only the instances of a drill that has ended are ever terminated."""


class CleanUpRuns(Conflict):
    """Another workflow is at work for the same clean-up."""


class Denied(OrchestratorError):
    """The caller, or the role used on its behalf, may not do this."""


class DrsDenied(Denied):
    """The role in the account may not make this DRS call."""


class LaunchRefused(Denied):
    """DRS answered that it did not start the recovery; nothing was launched."""


class ActionRefused(Denied):
    """An action was not started, and asking again would not help."""


class TerminationRefused(Denied):
    """DRS answered that it did not terminate the instances; nothing was terminated."""


class Unavailable(OrchestratorError):
    """A service did not answer as it should; nothing is known to have changed."""


class StoreUnavailable(Unavailable):
    """DynamoDB failed after retries."""


class WorkflowUnavailable(Unavailable):
    """Step Functions failed after retries."""


class AccountUnreachable(Unavailable):
    """No credentials could be had for the account and Region."""


class DrsUnavailable(Unavailable):
    """A DRS read failed after retries."""


class DrsThrottled(Unavailable):
    """DRS asked us to slow down; the call had no effect."""


class QuotaExceeded(Unavailable):
    """DRS has no room for the job now; the chunk goes back to the queue."""


class ActionUnavailable(Unavailable):
    """What runs an action did not answer as it should; the same request may be sent again."""


class InstanceBusy(Unavailable):
    """Another job, or a failback, holds one of the instances; the call terminated none."""


class ScheduleUnavailable(Unavailable):
    """EventBridge Scheduler did not take the schedule."""


class HealthUnknown(Unavailable):
    """EC2, Systems Manager or a prober did not tell: the servers may be healthy or not."""


class OutcomeUnknown(OrchestratorError):
    """A mutating DRS call was sent and its outcome is not known."""


class LaunchConflict(OutcomeUnknown):
    """DRS refused because of the servers' state, which our own lost launch may have caused."""
