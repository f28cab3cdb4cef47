"""Approvals: the gate of a wave that a person opens."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from drs_orchestrator.domain.model import Minutes, Model


class ApprovalTimeout(StrEnum):
    """What happens to a wave that nobody approved in time."""

    REJECT = "REJECT"
    """It does not start, and so nothing that depends on it does."""
    APPROVE = "APPROVE"
    """It starts, and the record says that nobody approved it."""


class Approval(Model):
    """Who is asked before the wave starts, and what; without a time-out it waits for ever."""

    role: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9 _-]{0,63}$")] = "Approver"
    message: Annotated[str, StringConstraints(min_length=1, max_length=500)] = "May the wave start?"
    timeout_minutes: Minutes | None = None
    on_timeout: ApprovalTimeout = ApprovalTimeout.REJECT
