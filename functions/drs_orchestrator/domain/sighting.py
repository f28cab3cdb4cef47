"""What DRS shows at one look of a server that a drill launched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from drs_orchestrator.domain.drill_instance import Checks, examine
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance, ServerKey

# An instance may be listed this much later than its job ends.
_INSTANCE_LAG = timedelta(minutes=15)


class Sighting(NamedTuple):
    """One server at one look."""

    instance: RecoveryInstance | None
    """The one on the server that is not gone, whoever launched it; DRS keeps one."""
    checks: Checks | None
    """The proofs, if DRS or our record connects the instance with this drill at all."""
    busy_with: list[Job]
    """The running jobs that hold the server."""
    termination: Job | None
    """The TERMINATE job that we know of, if DRS lists it."""
    may_come_up: str | None
    """Why an instance of this drill may yet appear, in words."""


class Listed(NamedTuple):
    """What DRS lists of one account and Region at one look."""

    jobs: Mapping[str, Job]
    instances: Mapping[str, Sequence[RecoveryInstance]]
    """By source server id."""


class Trace(NamedTuple):
    """What our record says of one server of a drill."""

    execution: Execution
    intents: list[Intent]
    """Those that launched it, or may have."""
    servers: list[RecoveredServer]

    def jobs(self, listed: Listed) -> list[Job]:
        """Return the jobs that launched it, those whose answers were lost among them."""
        known = {intent.job_id for intent in self.intents if intent.job_id}
        lost = [intent.tags for intent in self.intents if intent.is_unanswered]
        return [
            job
            for job in listed.jobs.values()
            if job.job_id in known or any(tags.items() <= job.tags.items() for tags in lost)
        ]


class Known(NamedTuple):
    """What earlier looks have brought to light of a server."""

    recovery_instance_id: str | None
    termination_job_id: str | None


def traces_of(
    execution: Execution, intents: Iterable[Intent], servers: Iterable[RecoveredServer]
) -> dict[ServerKey, Trace]:
    """Return what our record says of every server that the drill may have launched."""
    traces: dict[ServerKey, Trace] = {}
    for intent in intents:
        if intent.job_id or intent.is_unanswered:
            for each in intent.source_server_ids:
                key = ServerKey(intent.place, each)
                traces.setdefault(key, Trace(execution, [], [])).intents.append(intent)
    for server in servers:
        if server.key in traces:
            traces[server.key].servers.append(server)
    return traces


def listing(jobs: Mapping[str, Job], instances: Iterable[RecoveryInstance]) -> Listed:
    """Return the jobs and instances that DRS lists, the latter by their servers."""
    by_server: dict[str, list[RecoveryInstance]] = {}
    for each in instances:
        by_server.setdefault(each.source_server_id, []).append(each)
    return Listed(jobs, by_server)


class Moment(NamedTuple):
    """When a look is made."""

    now: datetime
    quiet: timedelta
    """How long after a call nothing may be concluded from not seeing its job."""


def sight(trace: Trace, listed: Listed, server_id: str, known: Known, moment: Moment) -> Sighting:
    """Return what is to be seen of a server."""
    launches = trace.jobs(listed)
    ours = {job.job_id for job in launches} | {i.job_id for i in trace.intents if i.job_id}
    there = [each for each in listed.instances.get(server_id, []) if not each.is_gone]
    mine = [
        each
        for each in there
        if each.recovery_instance_id == known.recovery_instance_id or each.job_id in ours
    ]
    checks = None
    if mine:
        job = listed.jobs.get(mine[0].job_id or "")
        checks = examine(trace.execution, trace.intents, trace.servers, mine[0], job)
    # An instance that was seen once does not come up again; a job that runs may yet bring another.
    awaited = [job for job in launches if job.is_active or known.recovery_instance_id is None]
    coming = _may_come_up(awaited, server_id, moment.now) or _unseen(trace, listed, moment)
    return Sighting(
        instance=next(iter([*mine, *there]), None),
        checks=checks,
        busy_with=[j for j in listed.jobs.values() if j.is_active and server_id in j.launch_status],
        termination=listed.jobs.get(known.termination_job_id or ""),
        may_come_up=None if mine else coming,
    )


def _may_come_up(launches: Sequence[Job], server_id: str, now: datetime) -> str | None:
    for job in launches:
        if job.is_active:
            return f"waits for its launch job {job.job_id}"
        listed_late = job.end_time is None or now < job.end_time + _INSTANCE_LAG
        if listed_late and job.launch_status.get(server_id) == "LAUNCHED":
            return f"DRS does not list the instance of job {job.job_id} yet"
    return None


def _unseen(trace: Trace, listed: Listed, moment: Moment) -> str | None:
    """Return which launch DRS may not list yet."""
    for intent in trace.intents:
        sent = intent.sent_time
        may_exist = intent.status.may_have_job and intent.job_id not in listed.jobs
        if may_exist and sent and moment.now < sent + moment.quiet:
            return f"DRS may not list the launch of {sent:%H:%M:%S} UTC yet"
    return None
