"""Shapes that only the API has; everything else is a model of the domain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.action import ActionReport
from drs_orchestrator.domain.decision import Choice, Reason
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.execution_view import ExecutionSummary
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.point_in_time import PointsInTime
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import SourceServer


class Health(Model):
    """The API answers."""

    status: Literal["ok"] = "ok"
    version: str


class ProtectionGroupList(Model):
    """Part of the protection groups."""

    items: list[ProtectionGroup]
    next_token: str | None


class SourceServerList(Model):
    """The source servers of an account and Region, all at once."""

    items: list[SourceServer]
    next_token: None = None


class RecoveryPlanList(Model):
    """Part of the recovery plans."""

    items: list[RecoveryPlan]
    next_token: str | None


class AccountList(Model):
    """Part of the accounts."""

    items: list[Account]
    next_token: str | None


class ExecutionList(Model):
    """Part of the executions, newest first."""

    items: list[ExecutionSummary]
    next_token: str | None


class ExecutionStart(Model):
    """How to run a recovery plan."""

    execution_type: ExecutionType
    point_in_time: PointsInTime | None = None
    """LATEST or a time for the whole plan, or either by server id."""
    replace_live_instances: str | None = None
    """RECOVERY only: the plan's name, typed, lets it replace live recovery instances."""


class ActionResult(ActionReport):
    """What became of an action, from its own function."""

    client_token: Annotated[str, StringConstraints(min_length=36, max_length=36)]


class DecisionRequest(Model):
    """An answer to the question of a wave."""

    attempt: Annotated[int, Field(strict=True, ge=0)]
    """The question's number, so that no answer meets another question than was read."""
    decision: Choice
    reason: Reason | None = None
    """Required for SKIP; kept as evidence."""


class ProblemFault(Model):
    """One wrong place: a JSON pointer into the body, or "" where it is not in the body."""

    pointer: str
    message: str


class Problem(Model):
    """Any answer that is not what was asked for (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemFault] = []
    request_id: str
