"""What the simulated service remembers. Everything here goes into a snapshot.

A job carries its whole future: its timeline is drawn when it is created, and what a caller sees at
time t follows from the timeline and t alone. Nothing runs in the background.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from local.drs.timestamps import parse_duration

Document = dict[str, Any]


class Scope(NamedTuple):
    """DRS keeps everything per account and Region."""

    account_id: str
    region: str


@dataclass
class Server:
    """A source server: the document of the inventory and what the simulator added.

    `attempts` counts its launches; with the seed it decides how long the next one takes.
    """

    document: Document
    tags: dict[str, str]
    launch_configuration: Document
    sequence: int
    attempts: int = 0
    last_job_id: str | None = None
    last_launch_job_id: str | None = None
    instance_ids: list[str] = field(default_factory=list)

    @property
    def server_id(self) -> str:
        """The source server's id."""
        return str(self.document["sourceServerID"])

    @property
    def is_windows(self) -> bool:
        """Whether its operating system is Windows, which converts much slower."""
        source: Document = self.document.get("sourceProperties") or {}
        return "windows" in str((source.get("os") or {}).get("fullString", "")).lower()

    @property
    def extra_disks(self) -> int:
        """How many disks it has beside the first."""
        source: Document = self.document.get("sourceProperties") or {}
        return max(0, len(source.get("disks") or []) - 1)

    @property
    def lag_seconds(self) -> float:
        """How far its replication is behind."""
        lag = parse_duration(str(self._replication.get("lagDuration", "")))
        return lag.total_seconds() if lag else 0.0

    @property
    def replication_state(self) -> str:
        """Its dataReplicationState; a server recorded without one replicates."""
        return str(self._replication.get("dataReplicationState", "CONTINUOUS"))

    @property
    def volume_states(self) -> list[str]:
        """The volumeStatus of its replicated disks, where recorded."""
        disks: list[Document] = self._replication.get("replicatedDisks") or []
        return [disk["volumeStatus"] for disk in disks if disk.get("volumeStatus")]

    @property
    def _replication(self) -> Document:
        return self.document.get("dataReplicationInfo") or {}


@dataclass(frozen=True)
class JobEvent:
    """A line of a job's log."""

    at: datetime
    name: str
    data: Document


@dataclass(frozen=True)
class Participant:
    """One server's course through a job. `ended_at` None: it never ends (a stuck server)."""

    source_server_id: str
    attempt: int
    launch_started_at: datetime | None
    ended_at: datetime | None
    succeeded: bool

    def launch_status(self, at: datetime) -> str:
        """Return the launchStatus of a LAUNCH job's server at time `at`."""
        if self.ended_at is not None and at >= self.ended_at:
            return "LAUNCHED" if self.succeeded else "FAILED"
        if self.launch_started_at is not None and at >= self.launch_started_at:
            return "IN_PROGRESS"
        return "PENDING"


@dataclass
class Job:
    """A job and its timeline. `started_at`, `ended_at` None: never (a stuck job)."""

    job_id: str
    kind: str
    initiated_by: str
    created_at: datetime
    sequence: int
    requested_server_ids: list[str]
    participants: list[Participant]
    events: list[JobEvent]
    started_at: datetime | None
    ended_at: datetime | None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_drill(self) -> bool:
        """Whether it is a drill; DRS itself tells only through `initiatedBy`."""
        return self.initiated_by == "START_DRILL"

    def has_ended(self, at: datetime) -> bool:
        """Return whether the job is COMPLETED at time `at`."""
        return self.ended_at is not None and at >= self.ended_at

    def status(self, at: datetime) -> str:
        """Return the status at time `at`; there is no FAILED."""
        if self.has_ended(at):
            return "COMPLETED"
        return "STARTED" if self.started_at is not None and at >= self.started_at else "PENDING"

    def participant(self, server_id: str) -> Participant:
        """Return the course of one of its servers."""
        return next(p for p in self.participants if p.source_server_id == server_id)


@dataclass(frozen=True)
class Removal:
    """How a recovery instance goes: terminated by a job, or replaced by a later launch."""

    job_id: str
    started_at: datetime
    ended_at: datetime | None


@dataclass
class Instance:
    """A recovery instance; it exists from `launched_at` until its removal has ended."""

    instance_id: str
    source_server_id: str
    job_id: str | None
    is_drill: bool
    launched_at: datetime
    point_in_time: datetime
    state_when_up: str
    sequence: int
    tags: dict[str, str] = field(default_factory=dict)
    removal: Removal | None = None

    def is_gone(self, at: datetime) -> bool:
        """Return whether it is terminated at time `at`."""
        return bool(self.removal and self.removal.ended_at and at >= self.removal.ended_at)

    def exists(self, at: datetime) -> bool:
        """Return whether it has come up and is not yet gone at time `at`."""
        return at >= self.launched_at and not self.is_gone(at)

    def ec2_state(self, at: datetime) -> str:
        """Return the ec2InstanceState at time `at`."""
        if self.is_gone(at):
            return "TERMINATED"
        if self.removal and at >= self.removal.started_at:
            return "SHUTTING-DOWN"
        return self.state_when_up


@dataclass
class Estate:
    """Everything DRS knows in one account and Region; dicts keep the order of creation."""

    account_id: str
    region: str
    initialized: bool = False
    servers: dict[str, Server] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)

    def instance_of(self, server: Server, at: datetime) -> Instance | None:
        """Return the recovery instance that `server` has at time `at`."""
        known = (self.instances[instance_id] for instance_id in reversed(server.instance_ids))
        return next((instance for instance in known if instance.exists(at)), None)

    def active_jobs(self, at: datetime) -> list[Job]:
        """Return the jobs that count against the quotas at time `at`."""
        return [job for job in self.jobs.values() if not job.has_ended(at)]


@dataclass
class State:
    """The whole memory. `sequence` numbers everything ever created, so that no id comes twice."""

    estates: list[Estate] = field(default_factory=list)
    sequence: int = 0
    home: tuple[str, str] | None = None

    def estate(self, scope: Scope) -> Estate:
        """Return the estate of `scope`, a new one if nobody asked for it before."""
        for estate in self.estates:
            if (estate.account_id, estate.region) == scope:
                return estate
        self.estates.append(Estate(*scope))
        return self.estates[-1]

    def next_sequence(self) -> int:
        """Return the next number."""
        self.sequence += 1
        return self.sequence
