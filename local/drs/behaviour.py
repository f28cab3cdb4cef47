"""What AWS leaves undocumented: every guess is a setting here; the default is the likeliest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Behaviour:
    """How the simulated service behaves where no source settles it.

    page_size: items a page when `maxResults` is absent or larger.
    job_size_growth, job_size_cap: conversion and launch take 1 + growth * (servers in the job - 1)
        times as long, never more than cap; 0.019 fits one observed 25-server job. 0 turns it off.
    phase_barrier: the servers of a job leave snapshot and conversion together (seen in a real log).
    unknown_resource_code, unknown_resource_http_status: the answer to StartRecovery and
        TerminateRecoveryInstances of what does not exist; neither models ResourceNotFoundException.
    list_terminated_servers: whether a completed TERMINATE job still lists its servers; seen: no.
    terminated_instance_lingers_seconds: how long a terminated recovery instance stays listed.
    snapshot_duration_seconds: how long the newest point in time has no `timestamp` yet.
    paces: conversion and launch of these source servers take so many times as long; others: 1.
    """

    page_size: int = 100
    job_size_growth: float = 0.019
    job_size_cap: float = 2.0
    phase_barrier: bool = True
    unknown_resource_code: str = "ConflictException"
    unknown_resource_http_status: int = 409
    list_terminated_servers: bool = False
    terminated_instance_lingers_seconds: float = 0.0
    snapshot_duration_seconds: float = 30.0
    paces: Mapping[str, float] = field(default_factory=dict)

    def job_size_factor(self, servers: int) -> float:
        """Return what conversion and launch of a job of `servers` are multiplied by."""
        return min(1 + self.job_size_growth * (servers - 1), self.job_size_cap)

    def pace_of(self, source_server_id: str) -> float:
        """Return what conversion and launch of a server are multiplied by, besides."""
        return self.paces.get(source_server_id, 1.0)
