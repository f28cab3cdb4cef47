"""What tells how recovery instances are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drs_orchestrator.domain.health import Instance, StatusChecks
from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult
from drs_orchestrator.domain.server import Place


class InstanceChecks(Protocol):
    """What EC2 and Systems Manager say of instances in one account and Region.

    At most 100 ids a call; an id that is missing from the answer is unknown there. Each raises
    HealthUnknown.
    """

    def instances(self, ids: Sequence[str]) -> dict[str, Instance]:
        """Return the instances that EC2 shows."""
        ...

    def statuses(self, ids: Sequence[str]) -> dict[str, StatusChecks]:
        """Return EC2's two status checks of instances that exist."""
        ...

    def pings(self, ids: Sequence[str]) -> dict[str, str]:
        """Return Systems Manager's word for the agent on each instance that ever had one."""
        ...


class Prober(Protocol):
    """The prober of one account and Region."""

    def probe(self, requests: Sequence[ProbeRequest]) -> list[ProbeResult]:
        """Return what it finds, in the order of the requests; at most 100. Raise HealthUnknown."""
        ...


class HealthSites(Protocol):
    """Where servers can be looked at."""

    def instance_checks(self, place: Place) -> InstanceChecks:
        """Return EC2 and Systems Manager of an account and Region; raise AccountUnreachable."""
        ...

    def prober(self, place: Place) -> Prober:
        """Return the prober of an account and Region; raise AccountUnreachable."""
        ...
