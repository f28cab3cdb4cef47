"""A bell: what a wave at rest is woken by."""

from __future__ import annotations

from drs_orchestrator.domain.model import Model


class Bell(Model):
    """One rest of a wave's workflow; ringing an old bell changes nothing."""

    token: str
    """The task token of the rest."""
    timeout_seconds: int
    workflow_arn: str
    """Of the wave's own workflow: on AWS each wave is an execution of its own."""
