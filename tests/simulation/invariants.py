"""The invariants I1-I26 of the product's promises, as functions over what is on record and true.

Each yields what is wrong, in words. `steady` ones look at one moment, `stepwise` ones at a moment
and the one before it, with one change between them; `final` ones at the end, when everything has
ended and nothing waits for a person.

Not here yet, and why:
- I6, I10: a scenario that never ends, or waits for another wave too long, says so itself.
- I13, I19, I22, I25: readiness, notifications, replay and the audit's hash chain do not exist yet.
- I14: only for executions that nobody stopped by hand, until the reconciler is on this branch.
- I21, I24: held by the tests of the API, through which no scenario goes.
- I23: an automation's token and a function's event are looked at by the tests of the actions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from tests.simulation.evidence import Evidence, ExecutionRecords, Record

_RUNNING = {"SENT", "CONFIRMED"}
_HOLDING = {"QUEUED", "GRANTED", *_RUNNING}
_CAME_UP = {"COMPLETED", "PARTIAL"}
_WAVE_ENDED = {*_CAME_UP, "FAILED", "SKIPPED", "CANCELLED"}
_UP = {"LAUNCHED", "VERIFIED"}
_SNAPSHOT_OF_WAVE = ("dependsOn", "onFailure", "successPolicy", "serverCount", "deadlineMinutes")
_FREED_WITHIN = timedelta(minutes=5)
_SWEPT_WITHIN = timedelta(minutes=5)
# The bound that the product is deployed with for a job's way into the lists.
_QUIET = timedelta(seconds=120)
_TAGS_OF_WAVE = ("drsorc:execution", "drsorc:wave")
_DRS_CALLS = {
    "DescribeJobs",
    "DescribeRecoveryInstances",
    "DescribeRecoverySnapshots",
    "DescribeSourceServers",
    "StartRecovery",
    "TerminateRecoveryInstances",
}


def locks_cover_what_may_run(now: Evidence) -> Iterator[str]:
    """I1: who may start a server, or has started it, holds its lock; so two never do."""
    for name, records in now.executions.items():
        if records.is_final:
            continue
        for intent in records.intents.values():
            if intent["status"] not in _HOLDING:
                continue
            for server in intent["sourceServerIds"]:
                holder = now.locks.get((intent["accountId"], intent["region"], server))
                if holder != name:
                    yield f"I1: {name} may run {server}, its lock is held by {holder}"


def one_job_per_intent(now: Evidence) -> Iterator[str]:
    """I2: at most one launch job per execution, wave, chunk and attempt."""
    jobs = Counter(
        tuple(job.tags[f"drsorc:{part}"] for part in ("execution", "wave", "chunk", "attempt"))
        for _, job in now.our_launches()
    )
    yield from (f"I2: {jobs[key]} jobs for {'/'.join(key)}" for key in jobs if jobs[key] > 1)


def another_attempt_is_decided(now: Evidence) -> Iterator[str]:
    """I2: a second attempt needs a recorded decision and the end of the first job."""
    launches = now.our_launches()
    for _, job in launches:
        if int(job.tags["drsorc:attempt"]) == 1:
            continue
        name, wave = job.tags["drsorc:execution"], job.tags["drsorc:wave"]
        decisions = now.executions[name].decisions
        if not any(d["wave"] == wave and d["decision"] == "RETRY" for d in decisions):
            yield f"I2: {job.job_id} launches {wave} of {name} again, and nobody said so"
        for _, earlier in launches:
            overlaps = set(earlier.server_ids) & set(job.server_ids)
            same = all(earlier.tags[tag] == job.tags[tag] for tag in _TAGS_OF_WAVE)
            still_ran = earlier.ended_at is None or earlier.ended_at > job.created_at
            if same and overlaps and still_ran and earlier.created_at < job.created_at:
                yield f"I2: {job.job_id} launches {min(overlaps)} while {earlier.job_id} runs"


def jobs_are_known(now: Evidence) -> Iterator[str]:
    """I5, I15: every job with our tags is on record at rest, in the place of its servers."""
    if not now.at_rest:
        return
    for scope, job in now.our_launches():
        intent = now.intent_of(job)
        if intent is None:
            yield f"I5: {job.job_id} has no intent"
        elif (intent["accountId"], intent["region"]) != scope:
            yield f"I15: {job.job_id} runs in {scope}, its servers are in {intent['accountId']}"
        elif intent.get("jobId") != job.job_id:
            yield f"I5: {job.job_id} is {intent.get('jobId')} on record"


def known_jobs_exist(now: Evidence) -> Iterator[str]:
    """I5: every job on record is true, or marked as missing."""
    real = {job.job_id for truth in now.truths.values() for job in truth.jobs}
    for name, records in now.executions.items():
        for intent in records.intents.values():
            job_id = intent.get("jobId")
            if job_id and job_id not in real and not intent.get("unclearSince"):
                yield f"I5: {job_id} of {name} does not exist"


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


def completed_waves_are_complete(now: Evidence) -> Iterator[str]:
    """I7: COMPLETED means that every server of the wave came up."""
    for name, records in now.executions.items():
        for wave, record in records.waves.items():
            servers = [s for s in records.servers.values() if s["wave"] == wave]
            up = [s for s in servers if s.get("verdict") in _UP]
            if record["status"] == "COMPLETED" and len(up) < len(servers):
                yield f"I7: {wave} of {name} is COMPLETED with {len(up)} of {len(servers)} servers"
            if record["status"] == "PARTIAL" and not up:
                yield f"I7: {wave} of {name} is PARTIAL without a server"


def quotas_hold(now: Evidence) -> Iterator[str]:
    """I9: jobs, servers in jobs and servers in a job, those of others counted in."""
    quotas = now.quotas
    for scope, truth in now.truths.items():
        active = [job for job in truth.jobs if job.ended_at is None]
        servers = sum(len(job.server_ids) for job in active)
        largest = max((len(job.server_ids) for job in active), default=0)
        if len(active) > quotas.jobs or servers > quotas.servers_in_jobs:
            yield f"I9: {len(active)} jobs with {servers} servers in {scope}"
        if largest > quotas.servers_per_job:
            yield f"I9: a job with {largest} servers in {scope}"


def drills_are_harmless(now: Evidence) -> Iterator[str]:
    """I11, I17: no instance of a real recovery, nor of others, ends by a drill or a clean-up."""
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            end = jobs.get(instance.terminated_by or "")
            if end is None or instance.is_drill:
                continue
            if end.kind == "TERMINATE" or end.is_drill:
                yield f"I11: {end.job_id} ended {instance.instance_id}, which is no drill's"


def clean_up_keeps_to_its_drill(now: Evidence) -> Iterator[str]:
    """I11: what a TERMINATE job ends was launched by a drill whose clean-up was asked for."""
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            end = jobs.get(instance.terminated_by or "")
            launch = jobs.get(instance.launched_by or "")
            if end is None or end.kind != "TERMINATE":
                continue
            tags = launch.tags if launch else {}
            records = now.executions.get(tags.get("drsorc:execution", ""))
            if records is None or records.clean_up is None:
                yield f"I11: {end.job_id} ended {instance.instance_id}, and nobody asked for it"


def modes_never_mix(now: Evidence) -> Iterator[str]:
    """I26: jobs, their tags and their execution are of one mode."""
    for _, job in now.our_launches():
        records = now.executions.get(job.tags["drsorc:execution"])
        mode = records.header.get("executionType") if records else None
        if {mode, job.tags["drsorc:mode"]} != {"DRILL" if job.is_drill else "RECOVERY"}:
            yield f"I26: {job.job_id} is a drill: {job.is_drill}, its execution a {mode}"


def locks_have_owners(now: Evidence) -> Iterator[str]:
    """I16, I1: at rest nothing is locked by an execution that ended 5 minutes ago, nor its jobs."""
    if not now.at_rest:
        return
    launching = {
        server
        for _, job in now.our_launches()
        if job.ended_at is None or now.now < job.ended_at + _FREED_WITHIN
        for server in job.server_ids
    }
    for (_, _, server), holder in now.locks.items():
        records = now.executions.get(holder)
        if records is None or (
            records.is_final
            and server not in launching
            and now.now > datetime.fromisoformat(records.header["endTime"]) + _FREED_WITHIN
        ):
            yield f"I16: {server} is locked by {holder}, which has ended"


def records_agree_with_the_workflow(now: Evidence) -> Iterator[str]:
    """I14: 5 minutes after a workflow ended by itself there is a verdict, its own."""
    if not now.at_rest:
        return
    for name, records in now.executions.items():
        run = now.runs.get(name)
        if run is None or run.status == "ABORTED" or run.stopped_at is None:
            continue
        if now.now <= run.stopped_at + _SWEPT_WITHIN:
            continue
        status = records.header.get("status")
        fits = status in _CAME_UP if run.status == "SUCCEEDED" else records.is_final
        if not fits:
            yield f"I14: {name} is {status}, its workflow {run.status}"


def only_known_calls(now: Evidence) -> Iterator[str]:
    """I20: operations and places of every call of DRS."""
    for call in now.calls:
        if call.operation not in _DRS_CALLS:
            yield f"I20: {call.operation} was called"
        if (call.account_id, call.region) not in now.truths:
            yield f"I20: {call.operation} in {call.account_id} {call.region}"


def sent_as_often_as_noted(now: Evidence) -> Iterator[str]:
    """I2: DRS was asked no more often than is on record, and not again in the quiet period."""
    sent: dict[tuple[str, tuple[str, int, int]], list[datetime]] = {}
    quiet_until: dict[tuple[str, tuple[str, int, int]], datetime] = {}
    for call in now.calls:
        tags = call.params.get("tags", {})
        if call.operation == "StartRecovery" and "drsorc:execution" in tags:
            key = (tags["drsorc:wave"], int(tags["drsorc:attempt"]), int(tags["drsorc:chunk"]))
            times = sent.setdefault((tags["drsorc:execution"], key), [])
            if call.at < quiet_until.get((tags["drsorc:execution"], key), call.at):
                yield f"I2: {'/'.join(map(str, key))} was sent again in the quiet period"
            if call.outcome in {"LostRequest", "LostAnswer"}:
                quiet_until[tags["drsorc:execution"], key] = call.at + _QUIET
            times.append(call.at)
    for (name, key), times in sent.items():
        intent = now.executions[name].intents.get(key, {})
        if len(times) > intent.get("sends", 0):
            yield f"I2: {'/'.join(map(str, key))} was sent {len(times)} times, on record less"


def source_servers_are_as_before(now: Evidence) -> Iterator[str]:
    """I17: source servers, their tags and their launch settings are untouched."""
    estates: Record = dict(now.estates)
    if estates and estates["before"] != estates["after"]:
        yield "I17: source servers have changed"


def intent_before_effect(now: Evidence, before: Evidence) -> Iterator[str]:
    """I2, I3: a new job's intent was SENT before; it became SENT while it still might start."""
    old = {job.job_id for _, job in before.our_launches()}
    for _, job in now.our_launches():
        if job.job_id in old:
            continue
        intent = before.intent_of(job)
        if intent is None or intent["status"] != "SENT":
            said = intent and intent["status"]
            yield f"I2: {job.job_id} was launched when its intent was {said}"
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None:
            continue
        for key, intent in records.intents.items():
            was = earlier.intents.get(key)
            became = intent["status"] == "SENT" and was is not None and was["status"] != "SENT"
            if became and (earlier.is_closed or earlier.header.get("pausedBy")):
                yield f"I3: {name} sent {'/'.join(map(str, key))} after it was told not to"


def dependencies_come_first(now: Evidence, before: Evidence) -> Iterator[str]:
    """I8: a wave's first job comes after its dependencies came up or were skipped by decision."""
    old = {job.job_id for _, job in before.our_launches()}
    for _, job in now.our_launches():
        records = now.executions.get(job.tags["drsorc:execution"])
        if job.job_id in old or records is None:
            continue
        for name in records.waves[job.tags["drsorc:wave"]]["dependsOn"]:
            wave = records.waves[name]
            skipped = wave["status"] == "SKIPPED" and wave.get("skippedBy")
            if wave["status"] not in _CAME_UP and not skipped:
                yield f"I8: {job.job_id} launches before {name}, which is {wave['status']}"


def versions_rise_by_one(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: no write is lost: what has a version goes up by one with each change, never down."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None:
            continue
        pairs = [(earlier.header, records.header)]
        pairs += [
            (earlier.intents[k], i) for k, i in records.intents.items() if k in earlier.intents
        ]
        for old, new in pairs:
            if old and new["version"] - old["version"] not in {0, 1}:
                yield f"I4: {name}: version {old['version']} became {new['version']}"
            elif old and old["version"] == new["version"] and old != new:
                yield f"I4: {name}: version {new['version']} was written twice"


def ends_are_final(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: what has its verdict keeps it."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name, ExecutionRecords())
        status = records.header.get("status")
        if earlier.is_final and earlier.header["status"] != status:
            yield f"I4: {name} was {earlier.header['status']}, is {status}"
        for wave, record in records.waves.items():
            was = earlier.waves.get(wave, {}).get("status")
            if was in _WAVE_ENDED and was != record["status"]:
                yield f"I4: {wave} of {name} was {was}, is {record['status']}"


def snapshots_stay(now: Evidence, before: Evidence) -> Iterator[str]:
    """I12: once begun, an execution keeps its waves and its servers."""
    for name, records in now.executions.items():
        earlier = before.executions.get(name)
        if earlier is None or not earlier.intents or earlier.header["status"] == "PENDING":
            continue
        if _snapshot(earlier) != _snapshot(records):
            yield f"I12: the snapshot of {name} has changed"


def _snapshot(records: ExecutionRecords) -> object:
    waves = {
        name: [wave.get(part) for part in _SNAPSHOT_OF_WAVE] for name, wave in records.waves.items()
    }
    return waves, {name: server["wave"] for name, server in records.servers.items()}


STEADY: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    locks_cover_what_may_run,
    one_job_per_intent,
    another_attempt_is_decided,
    jobs_are_known,
    known_jobs_exist,
    verdicts_are_true,
    completed_waves_are_complete,
    quotas_hold,
    drills_are_harmless,
    clean_up_keeps_to_its_drill,
    modes_never_mix,
    locks_have_owners,
    records_agree_with_the_workflow,
    only_known_calls,
    sent_as_often_as_noted,
    source_servers_are_as_before,
)
STEPWISE: tuple[Callable[[Evidence, Evidence], Iterator[str]], ...] = (
    intent_before_effect,
    dependencies_come_first,
    versions_rise_by_one,
    ends_are_final,
    snapshots_stay,
)


def violations(now: Evidence, before: Evidence | None) -> Iterator[str]:
    """Yield everything that is wrong now, or with the change since `before`."""
    for check in STEADY:
        yield from check(now)
    if before is not None:
        for compare in STEPWISE:
            yield from compare(now, before)
