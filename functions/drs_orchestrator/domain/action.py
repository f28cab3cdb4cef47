"""Actions: what a wave does before its servers are launched, and after they are healthy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.model import Model, VerbatimText
from drs_orchestrator.domain.payload import Payload
from drs_orchestrator.domain.server import AccountId, Region

ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
# As in the SSM API model; no table holds a member without a name.
ParameterName = Annotated[
    str, StringConstraints(strip_whitespace=False, min_length=1, max_length=50)
]
MAX_ACTIONS = 20
# A step of the workflow waits no longer for the answer of a function.
LONGEST_SYNCHRONOUS_SECONDS = 60


class ActionScope(StrEnum):
    """In which executions an action runs."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"
    BOTH = "BOTH"

    def includes(self, execution_type: ExecutionType) -> bool:
        """Whether the action runs in executions of this type."""
        return self in {ActionScope.BOTH, ActionScope(execution_type.value)}


class ActionFailure(StrEnum):
    """What the failure of an action does, after its retries."""

    ASK = "ASK"
    """A person decides: try again, go on without it, or abort."""
    CONTINUE = "CONTINUE"
    """It is noted, and the wave goes on."""
    STOP = "STOP"
    """The wave fails and nothing new starts in the execution."""


class _Action(Model):
    name: ActionName
    on_failure: ActionFailure = ActionFailure.ASK
    scope: ActionScope = ActionScope.BOTH


class PlacedAction(_Action):
    """An action that runs in an account and Region."""

    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = 600
    """Of one try."""
    retries: Annotated[int, Field(strict=True, ge=0, le=10)] = 0
    account_id: AccountId | None = None
    """Where it runs; needed only if the wave's servers are not all in one account and Region."""
    region: Region | None = None


class SsmAction(PlacedAction):
    """A Systems Manager Automation runbook."""

    type: Literal["ssm"]
    # Patterns of the SSM API model; an ARN names a document that another account shares.
    document_name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_\-.:/]{3,130}$")]
    parameters: Annotated[
        dict[ParameterName, VerbatimText | list[VerbatimText]], Field(max_length=200)
    ] = {}


class LambdaAction(PlacedAction):
    """A Lambda function of the user.

    One that may take long is invoked asynchronously and reports its result to the API.
    """

    type: Literal["lambda"]
    function_name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9:_-]{1,170}$")]
    payload: Payload = {}

    @property
    def reports(self) -> bool:
        """Whether it tells its result by itself: nobody waits for its answer."""
        return self.timeout_seconds > LONGEST_SYNCHRONOUS_SECONDS


class WaitAction(_Action):
    """A pause."""

    type: Literal["wait"]
    seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)]


Action = Annotated[SsmAction | LambdaAction | WaitAction, Field(discriminator="type")]
Actions = Annotated[list[Action], Field(max_length=MAX_ACTIONS)]


class ActionPhase(StrEnum):
    """When an action of a wave runs."""

    BEFORE = "BEFORE"
    """Before DRS is asked to launch the wave's servers."""
    AFTER = "AFTER"
    """After they came up, and are healthy if the wave has a health gate."""


class ActionStatus(StrEnum):
    """Where one action of one wave stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    """A person decided to go on without it."""
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will come of it, unless a person says RETRY."""
        return self not in {ActionStatus.PENDING, ActionStatus.RUNNING}


class ActionReport(Model):
    """What a function says of its own result."""

    succeeded: bool
    detail: Annotated[str, StringConstraints(max_length=1000)] | None = None


class ActionRecord(Model):
    """One action of one wave of one execution."""

    wave: str
    phase: ActionPhase
    position: int
    name: str
    status: ActionStatus = ActionStatus.PENDING
    attempt: int = 1
    """Raised by each RETRY of a person."""
    tries: int = 0
    """How often it was started in this attempt; the plan says how often it may be."""
    run_id: str | None = None
    """The automation execution of an ssm action, the request of a lambda action."""
    start_time: datetime | None = None
    """When its last try began; on record before anything is called."""
    stop_time: datetime | None = None
    """Since when its automation is told to stop."""
    report: ActionReport | None = None
    end_time: datetime | None = None
    reason: str | None = None
    version: int = 0
    """0: not stored yet."""
