"""Source servers: who they are, what a launch made of them, and our verdict."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from drs_orchestrator.domain.model import Model, VerbatimText

# Patterns of the DRS API model, 2020-02-26.
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
SourceServerId = Annotated[str, StringConstraints(pattern=r"^s-[0-9a-zA-Z]{17}$")]


class Place(NamedTuple):
    """Where servers are recovered: the unit of DRS quotas, jobs and credentials."""

    account_id: str
    region: str

    def __str__(self) -> str:
        return f"account {self.account_id}, Region {self.region}"


class ServerKey(NamedTuple):
    """The identity of a source server across accounts and Regions."""

    place: Place
    source_server_id: str


class LastLaunch(Model):
    """What DRS says of a server's last launch."""

    launch_type: str | None = None
    status: str | None = None
    job_id: str | None = None
    initiated_time: datetime | None = None


# DRS user guide: only servers with a consistent recovery point can be launched.
_NOTHING_TO_LAUNCH_FROM = {"STOPPED", "DISCONNECTED", "INITIATING", "INITIAL_SYNC"}
# DRS rejects a launch from such volumes, those of marketplace images among them.
_REJECTED_VOLUMES = {
    "MISSING_VOLUME_ATTRIBUTES",
    "MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE",
    "PENDING",
}


class SourceServer(Model):
    """A server that DRS replicates."""

    source_server_id: str
    account_id: str
    region: str
    hostname: str | None = None
    tags: dict[VerbatimText, VerbatimText] = {}
    replication_state: str | None = None
    volume_states: list[str] = []
    """The volumeStatus of its replicated disks, each once."""
    lag_duration: str | None = None
    last_launch_result: str | None = None
    last_launch: LastLaunch = LastLaunch()
    group_id: str | None = None
    group_name: str | None = None

    @property
    def place(self) -> Place:
        """The account and Region that recover this server."""
        return Place(self.account_id, self.region)

    @property
    def why_unlaunchable(self) -> str | None:
        """Why DRS has no consistent point in time to launch it from, or None.

        One such server makes DRS refuse the whole job. What DRS does not say counts as launchable.
        """
        if self.replication_state in _NOTHING_TO_LAUNCH_FROM:
            return f"its replication is {self.replication_state}: nothing to launch from"
        if rejected := sorted(_REJECTED_VOLUMES.intersection(self.volume_states)):
            return f"DRS launches no server with a volume in status {rejected[0]}"
        return None


class RecoveryInstance(Model):
    """An EC2 instance that DRS launched from a source server."""

    recovery_instance_id: str
    ec2_instance_id: str | None = None
    source_server_id: str
    job_id: str | None = None
    is_drill: bool | None = None
    ec2_instance_state: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it may still exist; an unknown state counts as live."""
        return not self.is_gone and self.ec2_instance_state != "SHUTTING-DOWN"

    @property
    def is_gone(self) -> bool:
        """Whether its termination is complete."""
        return self.ec2_instance_state in {"TERMINATED", "NOT_FOUND"}


class ServerVerdict(StrEnum):
    """Our judgement of one server of one execution; `launchStatus` is DRS's own word."""

    LAUNCHED = "LAUNCHED"
    VERIFIED = "VERIFIED"
    """Launched, and healthy by the checks of its wave's health gate."""
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"

    @property
    def is_up(self) -> bool:
        """Whether the server was launched."""
        return self in {ServerVerdict.LAUNCHED, ServerVerdict.VERIFIED}


class RecoveredServer(Model):
    """One server of one execution."""

    source_server_id: str
    wave: str
    account_id: str
    region: str
    is_critical: bool = True
    attempt: int = 1
    """The wave's attempt that launches it, or did last."""
    snapshot_id: str | None = None
    """The pinned recovery snapshot; none: the latest state at the time of the launch."""
    snapshot_time: datetime | None = None
    skew_seconds: int | None = None
    """How much older than the wanted moment the pinned snapshot is."""
    earlier: str | None = None
    """How its launch by an earlier attempt ended, in words."""
    launch_status: str | None = None
    recovery_instance_id: str | None = None
    ec2_instance_id: str | None = None
    job_id: str | None = None
    verdict: ServerVerdict | None = None
    reason: str | None = None
    end_time: datetime | None = None
    health: str | None = None
    """What the last health check found, in words; none: never checked."""

    @property
    def place(self) -> Place:
        """The account and Region that recover this server."""
        return Place(self.account_id, self.region)

    @property
    def key(self) -> ServerKey:
        """Its identity across accounts and Regions."""
        return ServerKey(self.place, self.source_server_id)
