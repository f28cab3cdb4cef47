"""No more is asked of DRS than it takes (I9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from local.drs import CallRecord, JobTruth
from local.drs.state import Scope
from tests.simulation.evidence import Evidence

_NO_ROOM = "ServiceQuotaExceededException"
# The tags that tell one launch from every other.
_LAUNCH = ("execution", "wave", "chunk", "attempt")
# The longest way from a look at the jobs of a place to a launch that was admitted by it, and how
# late a job may come into sight.
_UNSEEN_FOR = timedelta(minutes=5)


def quotas_hold(now: Evidence) -> Iterator[str]:
    """I9: jobs, servers in jobs and servers in a job, those of others counted in.

    DRS itself sees to that. Whether we do is what `launches_find_room` tells.
    """
    quotas = now.quotas
    for scope, truth in now.truths.items():
        active = [job for job in truth.jobs if job.ended_at is None]
        # DRS does not list a server that is MISSING in its job, and does not count it.
        servers = sum(len(job.launch_statuses or job.server_ids) for job in active)
        largest = max((len(job.server_ids) for job in active), default=0)
        if len(active) > quotas.jobs or servers > quotas.servers_in_jobs:
            yield f"I9: {len(active)} jobs with {servers} servers in {scope}"
        if largest > quotas.servers_per_job:
            yield f"I9: a job with {largest} servers in {scope}"


def launches_find_room(now: Evidence) -> Iterator[str]:
    """I9: DRS refuses a launch of ours for its quotas only because of a job that nobody could have
    counted: one that holds no grant and began a moment before the launch was first sent, or since,
    for the room of one whose request was lost is kept. Or for a quota that somebody lowered after
    it was read.
    """
    sent: dict[tuple[str, ...], datetime] = {}
    for call in now.calls:
        tags = call.params.get("tags", {})
        if call.operation != "StartRecovery" or "drsorc:execution" not in tags:
            continue
        launch = tuple(tags[f"drsorc:{each}"] for each in _LAUNCH)
        sent.setdefault(launch, call.at)
        if call.outcome != _NO_ROOM:
            continue
        since = sent.pop(launch) - _UNSEEN_FOR
        servers = len(call.params["sourceServers"])
        jobs = now.truths[Scope(call.account_id, call.region)].jobs
        if servers > now.quotas.servers_per_job:
            yield f"I9: a job with {servers} servers was asked for at {call.at}"
        elif now.quotas_until and call.at > now.quotas_until:
            continue
        elif not any(_took_room_unseen(job, call, since) for job in jobs):
            yield f"I9: no room for {servers} servers at {call.at}, and nobody had taken it unseen"


def _took_room_unseen(job: JobTruth, call: CallRecord, since: datetime) -> bool:
    is_launch_of_ours = job.kind == "LAUNCH" and "drsorc:execution" in job.tags
    ran = job.ended_at is None or job.ended_at > call.at
    return not is_launch_of_ours and ran and since <= job.created_at <= call.at
