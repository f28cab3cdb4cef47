"""What is said of servers and waves is true, and said for a reason (I7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from local.drs import InstanceTruth
from local.virtual.processes import BEGINNING
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import was_broken_off
from tests.simulation.stored import ExecutionRecords, Record

_UP = {"LAUNCHED", "VERIFIED"}
_MAY_RUN = {"SENT", "CONFIRMED"}
_ENDED = {"COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"}
_RUN = {"SUCCEEDED", "FAILED"}
_DONE_WITH = {*_RUN, "SKIPPED"}
# By then the reconciler has looked at what went on after the end of its execution.
_TOLD_WITHIN = timedelta(minutes=5)


def verdicts_are_true(now: Evidence) -> Iterator[str]:
    """I7: a server that came up has that very instance, launched by that job."""
    instances = {i.instance_id: i for truth in now.truths.values() for i in truth.instances}
    for name, records in now.executions.items():
        for server_id, server in records.servers.items():
            if server.get("verdict") not in _UP:
                continue
            instance = instances.get(server.get("ec2InstanceId") or "")
            if instance is None or instance.source_server_id != server_id:
                yield f"I7: {server_id} of {name} is {server['verdict']} without an instance"
            elif instance.launched_by != server.get("jobId"):
                yield f"I7: the instance of {server_id} comes from {instance.launched_by}"


def launched_servers_have_a_verdict(now: Evidence) -> Iterator[str]:
    """I7: of a server whose instance lives something is said, 5 minutes after its execution and
    the job that launched it have ended; jobs may go on when an execution has ended.
    """
    quiet_since = max(now.last_swept_in_vain, now.last_refused)
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            job = jobs.get(instance.launched_by or "")
            records = now.executions.get(job.tags.get("drsorc:execution", "")) if job else None
            if job is None or job.ended_at is None or records is None or not records.is_final:
                continue
            ended = datetime.fromisoformat(records.header["endTime"])
            is_due = now.now > max(quiet_since, ended, job.ended_at) + _TOLD_WITHIN
            if instance.live and is_due and not _is_told_of(instance, records):
                name = job.tags["drsorc:execution"]
                yield f"I7: {instance.source_server_id} of {name} lives, nothing is said of it"


def ended_waves_judge_their_servers(now: Evidence) -> Iterator[str]:
    """I7: something is said of every server of a wave that has ended; of one whose launch turned
    out to have had no effect when it had ended, 5 minutes after that.
    """
    for name, records in now.executions.items():
        unsaid = {s["wave"]: s["sourceServerId"] for s in _without_verdict(records)}
        since = now.since.get(name, {})
        for wave, server in unsaid.items():
            if records.waves.get(wave, {}).get("status") not in _ENDED:
                continue
            launches = {k: each for k, each in records.intents.items() if k[0] == wave}
            moved = [since.get(key, BEGINNING) for key in (wave, *launches)]
            is_due = now.now > max(*moved, now.last_struck) + _TOLD_WITHIN
            if is_due and not any(i["status"] in _MAY_RUN for i in launches.values()):
                yield f"I7: {wave} of {name} has ended, nothing is said of {server}"


def _without_verdict(records: ExecutionRecords) -> list[Record]:
    return [each for each in records.servers.values() if not each.get("verdict")]


def _is_told_of(instance: InstanceTruth, records: ExecutionRecords) -> bool:
    return bool(records.servers.get(instance.source_server_id, {}).get("verdict"))


def waves_that_came_up_did(now: Evidence) -> Iterator[str]:
    """I7: COMPLETED means that every server of the wave came up, PARTIAL as many as its policy; and
    COMPLETED that each of its actions was run, or skipped by a person.
    """
    for name, records in now.executions.items():
        for wave, record in records.waves.items():
            servers = _servers(record, records)
            up = [s for s in servers if s.get("verdict") in _UP]
            if record["status"] == "COMPLETED" and len(up) < len(servers):
                yield f"I7: {wave} of {name} is COMPLETED with {len(up)} of {len(servers)} servers"
            if record["status"] == "COMPLETED" and _left_actions(record, name, now, _DONE_WITH):
                yield f"I7: {wave} of {name} is COMPLETED, and an action of it was not run"
            if record["status"] == "PARTIAL" and not _are_enough(record, servers):
                yield f"I7: {wave} of {name} is PARTIAL with {len(up)} of {len(servers)} servers"


def failures_are_true(now: Evidence) -> Iterator[str]:
    """I7: no server is FAILED or SKIPPED whose instance a job of its own attempt launched, and that
    lives. One that shuts down does not come back, though that may never end.
    """
    live = {
        (i.source_server_id, i.launched_by)
        for t in now.truths.values()
        for i in t.instances
        if i.live and not i.shut_down_at
    }
    jobs = {
        (job.tags["drsorc:execution"], job.tags["drsorc:attempt"], server_id): job.job_id
        for _, job in now.our_launches()
        for server_id in job.server_ids
    }
    for name, records in now.executions.items():
        for server_id, server in records.servers.items():
            job_id = jobs.get((name, str(server["attempt"]), server_id))
            verdict = server.get("verdict")
            if verdict in {"FAILED", "SKIPPED"} and (server_id, job_id) in live:
                yield f"I7: {server_id} of {name} is {verdict}: {server.get('reason')}; it lives"


def waves_that_did_not_come_up_have_a_reason(now: Evidence) -> Iterator[str]:
    """I7: a wave is FAILED, or PARTIAL, for a reason: too few servers by its policy, sick ones, an
    action, a person's decision; or because its workflow met a fault or was stopped.
    """
    for name, records in now.executions.items():
        for wave, record in records.waves.items():
            servers = _servers(record, records)
            if record["status"] == "FAILED":
                broken_off = was_broken_off(wave, records, now.runs.get(name))
                is_explained = _failed_by_itself(record, servers) or broken_off
            elif record["status"] == "PARTIAL":
                is_short = any(each.get("verdict") not in _UP for each in servers)
                is_explained = is_short or _left_actions(record, name, now, _RUN)
            else:
                continue
            if not (is_explained or _is_sick(record, servers)):
                yield f"I7: {wave} of {name} is {record['status']} for nothing"


def _failed_by_itself(wave: Record, servers: list[Record]) -> bool:
    """Whether too few servers came up, an action failed, or a person gave the wave up."""
    decided = wave.get("failedAction") or wave.get("abortedBy")
    return bool(decided) or not _are_enough(wave, servers)


def _is_sick(wave: Record, servers: list[Record]) -> bool:
    """Whether a server came up, and the wave's health check never found it healthy."""
    unverified = any(each.get("verdict") == "LAUNCHED" for each in servers)
    return bool(wave.get("healthCheck")) and unverified


def _left_actions(wave: Record, execution: str, now: Evidence, done: Collection[str]) -> bool:
    """Whether an action of the wave had not come to one of these ends before the wave ended."""
    ended = datetime.fromisoformat(wave["endTime"]) + now.clocks_apart
    planned = {("BEFORE", each["name"]) for each in wave.get("preActions", [])}
    planned |= {("AFTER", each["name"]) for each in wave.get("postActions", [])}
    run = {
        (each["phase"], each["name"])
        for each in now.executions[execution].actions
        if each["wave"] == wave["name"]
        and each["status"] in done
        and datetime.fromisoformat(each["endTime"]) <= ended
    }
    return not planned <= run


def _servers(wave: Record, records: ExecutionRecords) -> list[Record]:
    return [each for each in records.servers.values() if each["wave"] == wave["name"]]


def _are_enough(wave: Record, servers: list[Record]) -> bool:
    """Whether so many servers came up as the wave's policy asks for."""
    policy = wave.get("successPolicy", "ALL")
    up = [each for each in servers if each.get("verdict") in _UP]
    if isinstance(policy, dict):
        return bool(up) and len(up) * 100 >= policy["minimumPercent"] * len(servers)
    needed = [s for s in servers if policy == "ALL" or s.get("isCritical", True)]
    return bool(up) and all(s in up for s in needed)
