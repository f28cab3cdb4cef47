"""DRS, the service that recovers servers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.server import Place, RecoveryInstance, SourceServer


class DisasterRecovery(Protocol):
    """DRS in one account and Region."""

    def source_servers(self, ids: Collection[str] | None = None) -> list[SourceServer]:
        """Return all servers, or those of `ids` that exist; none where DRS is not initialised."""
        ...

    def start_recovery(
        self,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        snapshot_ids: Mapping[str, str],
    ) -> str:
        """Send StartRecovery once and return the job id.

        Servers without a pinned snapshot in `snapshot_ids` are launched from their latest state.

        Raises LaunchRefused, QuotaExceeded or DrsThrottled: nothing was launched;
        OutcomeUnknown: look whether it was.
        """
        ...

    def terminate(self, recovery_instance_ids: Sequence[str]) -> str:
        """Send TerminateRecoveryInstances once and return the job id.

        Raises TerminationRefused, InstanceBusy, QuotaExceeded or DrsThrottled: nothing was
        terminated; OutcomeUnknown: look whether it was.
        """
        ...

    def recovery_snapshots(self, server_id: str, until: datetime) -> list[RecoverySnapshot]:
        """Return the complete snapshots of a server that are not younger than `until`."""
        ...

    def jobs(self, ids: Collection[str]) -> dict[str, Job]:
        """Return the jobs that DRS shows, by id."""
        ...

    def jobs_since(self, time: datetime) -> list[Job]:
        """Return all jobs created since `time`, newest first."""
        ...

    def recovery_instances(self, server_ids: Collection[str]) -> list[RecoveryInstance]:
        """Return the recovery instances of the servers."""
        ...


class DisasterRecoverySites(Protocol):
    """DRS wherever the product may act."""

    def at(self, place: Place) -> DisasterRecovery:
        """Return DRS of an account and Region; raise AccountUnreachable."""
        ...

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        ...
