"""DRS quotas: how a wave is cut into chunks, and whose turn it is.

The quotas hold per account and Region over everybody's jobs (drs-at-scale in the DRS user guide):
L-B827C881 100 servers in a job, L-D88FAC3A 20 jobs, L-05AFA8C6 500 servers in all jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.model import Model

# An owner hears of its job's end by DRS's event within seconds, or looks every 5 or 15 s by then.
_KEPT_FOR = timedelta(seconds=20)


class Limits(Model):
    """What DRS admits in one account and Region."""

    servers_per_job: int = 100
    jobs: int = 20
    servers_in_jobs: int = 500


class QueueEntry(Model):
    """A chunk that waits for room."""

    key: str
    execution_id: str
    wave: str
    attempt: int
    chunk: int
    execution_type: ExecutionType
    servers: int
    remaining_path: int
    queued_time: datetime
    not_before: datetime | None = None


class Grant(Model):
    """Room that a chunk holds until its job has ended."""

    key: str
    execution_id: str
    wave: str
    attempt: int
    chunk: int
    servers: int
    execution_type: ExecutionType = ExecutionType.DRILL
    remaining_path: int = 1
    """Waves on the longest chain that begins with its own; 1: no wave waits for it."""
    job_id: str | None = None


class Ledger(Model):
    """Queue and grants of one account and Region; every grant raises the version."""

    version: int
    limits: Limits
    pumped_time: datetime | None = None
    """When the queue was last pumped."""
    hindrance: str | None = None
    """Why that came to nothing, in words: DRS of the place could not be asked."""
    queue: list[QueueEntry]
    grants: list[Grant]


def cut_into_chunks(server_ids: Sequence[str], servers_per_job: int) -> list[list[str]]:
    """Cut sorted ids into as few chunks as the quota allows, of sizes that differ by one at most.

    A job ends with its slowest server and DRS slows with a job's size, so balanced chunks end
    sooner than full ones and a rest.
    """
    ids = sorted(server_ids)
    count = -(-len(ids) // servers_per_job)  # rounded up
    return [ids[i * len(ids) // count : (i + 1) * len(ids) // count] for i in range(count)]


def admit(ledger: Ledger, foreign_jobs: Sequence[Job], now: datetime) -> list[QueueEntry]:
    """Return the queued chunks that may go now, in order.

    RECOVERY before DRILL, then the longest remaining path, then first come. A chunk that does not
    fit holds back those behind it: else small ones would starve a large one for ever. One that DRS
    refused although there seemed to be room is left out until its time has come.
    """
    jobs = len(ledger.grants) + len(foreign_jobs)
    servers = sum(grant.servers for grant in ledger.grants)
    servers += sum(len(job.launch_status) for job in foreign_jobs)
    admitted: list[QueueEntry] = []
    for entry in sorted(ledger.queue, key=_turn):
        if entry.not_before and now < entry.not_before:
            continue
        jobs += 1
        servers += entry.servers
        if jobs > ledger.limits.jobs or servers > ledger.limits.servers_in_jobs:
            break
        admitted.append(entry)
    return admitted


def keeps_room(grant: Grant, ended: datetime | None, ledger: Ledger, now: datetime) -> bool:
    """Whether the room of a job that has ended is kept for the waves that waited for its wave.

    They queue as soon as its owner has seen the end, seconds after it. Given to somebody with
    less behind him, the room would be gone until another job ends. It is kept for a short time
    only, so an owner that is dead, or whose dependents wait for others too, holds up nobody.
    """
    if grant.remaining_path == 1 or ended is None or now >= ended + _KEPT_FOR:
        return False
    rivals = [each for each in ledger.queue if not (each.not_before and now < each.not_before)]
    dependents = _need(grant.execution_type, grant.remaining_path - 1)
    return all(dependents < _need(each.execution_type, each.remaining_path) for each in rivals)


def _need(execution_type: ExecutionType, remaining_path: int) -> tuple[bool, int]:
    return execution_type is ExecutionType.DRILL, -remaining_path


def _turn(entry: QueueEntry) -> tuple[bool, int, datetime, str]:
    return (*_need(entry.execution_type, entry.remaining_path), entry.queued_time, entry.key)
