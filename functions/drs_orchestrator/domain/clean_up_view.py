"""A clean-up as everybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_orchestrator.domain.clean_up import CleanUp, CleanUpStatus
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.termination import Termination, TerminationResult


class CleanedInstance(Model):
    """A server of the drill and its instance; `result` null: not gone yet."""

    source_server_id: str
    account_id: str
    region: str
    recovery_instance_id: str | None
    job_id: str | None
    """The DRS job that terminates it."""
    result: TerminationResult | None
    reason: str | None


class CleanUpView(Model):
    """The clean-up of a drill; servers of which DRS never showed an instance are left out."""

    status: CleanUpStatus
    reason: str | None
    requested_by: str | None
    requested_time: datetime
    end_time: datetime | None
    instances: list[CleanedInstance]


def clean_up_view(
    clean_up: CleanUp | None, terminations: Sequence[Termination]
) -> CleanUpView | None:
    """Return the clean-up for people; None if nobody ever asked for it."""
    if clean_up is None:
        return None
    return CleanUpView(
        **{name: value for name, value in clean_up if name in CleanUpView.model_fields},
        instances=[
            each.narrowed_to(CleanedInstance)
            for each in terminations
            if each.result is not TerminationResult.NEVER_LAUNCHED
        ],
    )
