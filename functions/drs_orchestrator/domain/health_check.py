"""Health checks: when the servers of a wave count as healthy."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from drs_orchestrator.domain.model import Minutes, Model
from drs_orchestrator.domain.probe import HttpStatus, Path, Port, ProbeType


class Probe(Model):
    """What is asked of each recovery instance, at its private address, by the account's prober."""

    type: ProbeType
    port: Port
    path: Path = "/"
    timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=30)] = 5
    expect_status: HttpStatus | None = None


class HealthCheck(Model):
    """The health gate of a wave; every check that is named must pass for a server to be healthy."""

    ec2_status: bool = True
    """Both status checks of EC2: of the system and of the instance."""
    ssm_agent: bool = False
    """The Systems Manager agent answers (PingStatus Online)."""
    probe: Probe | None = None
    healthy_percent: Annotated[int, Field(strict=True, ge=1, le=100)] = 100
    """The share of the launched servers that must be healthy."""
    deadline_minutes: Minutes = 15

    @model_validator(mode="after")
    def _checks_something(self) -> Self:
        if not (self.ec2_status or self.ssm_agent or self.probe):
            raise ValueError("a health check must check something: ec2Status, ssmAgent or probe")
        return self
