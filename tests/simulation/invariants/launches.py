"""What is launched: once, with an intent, in its place (I2, I3, I5, I15, I26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from local.drs import JobTruth
from tests.simulation.evidence import Evidence, key_of

# The bound that the product is deployed with for a job's way into the lists.
_QUIET = timedelta(seconds=120)
# What the function that sends for a job may take (its time-out, in stacks).
_UNDER_WAY = timedelta(seconds=120)
# By then the reconciler has found what a function could not write down.
_KNOWN_WITHIN = timedelta(minutes=5)
_TAGS_OF_WAVE = ("drsorc:execution", "drsorc:wave")


def one_job_per_intent(now: Evidence) -> Iterator[str]:
    """I2: at most one launch job per execution, wave, chunk and attempt."""
    jobs = Counter(
        tuple(job.tags[f"drsorc:{part}"] for part in ("execution", "wave", "chunk", "attempt"))
        for _, job in now.our_launches()
    )
    yield from (f"I2: {jobs[key]} jobs for {'/'.join(key)}" for key in jobs if jobs[key] > 1)


def one_job_per_server(now: Evidence) -> Iterator[str]:
    """I2: each attempt launches a server once, in whichever job."""
    launched = Counter(
        (*(job.tags[f"drsorc:{part}"] for part in ("execution", "wave", "attempt")), *scope, server)
        for scope, job in now.our_launches()
        for server in job.server_ids
    )
    for key, times in launched.items():
        if times > 1:
            yield f"I2: {'/'.join(key)} is in {times} jobs"


def one_intent_per_server(now: Evidence) -> Iterator[str]:
    """I2: in each attempt a server stands in one intent at most, whoever prepares it."""
    for name, records in now.executions.items():
        standing = Counter(
            (wave, attempt, intent["accountId"], intent["region"], server)
            for (wave, attempt, _), intent in records.intents.items()
            for server in intent["sourceServerIds"]
        )
        for place, times in standing.items():
            if times > 1:
                yield f"I2: {'/'.join(map(str, place))} of {name} stands in {times} intents"


def another_attempt_is_decided(now: Evidence) -> Iterator[str]:
    """I2: each further attempt needs a decision of its own and the end of the job before."""
    launches = now.our_launches()
    for _, job in launches:
        if int(job.tags["drsorc:attempt"]) == 1:
            continue
        name, wave = job.tags["drsorc:execution"], job.tags["drsorc:wave"]
        decisions = now.executions[name].decisions
        asked = int(job.tags["drsorc:attempt"]) - 1
        said = {d["attempt"] for d in decisions if (d["wave"], d["decision"]) == (wave, "RETRY")}
        if asked not in said:
            yield f"I2: {job.job_id} launches {wave} of {name} again, and nobody said so"
        for _, earlier in launches:
            overlaps = set(earlier.server_ids) & set(job.server_ids)
            same = all(earlier.tags[tag] == job.tags[tag] for tag in _TAGS_OF_WAVE)
            still_ran = earlier.ended_at is None or earlier.ended_at > job.created_at
            if same and overlaps and still_ran and earlier.created_at < job.created_at:
                yield f"I2: {job.job_id} launches {min(overlaps)} while {earlier.job_id} runs"


def nothing_starts_after_the_end(now: Evidence) -> Iterator[str]:
    """I3: once an execution has its verdict, no job of it is sent for, whoever was under way.

    What was sent for before may begin after it, within the time that its function may take.
    """
    for _, job in now.our_launches():
        records = now.executions.get(job.tags["drsorc:execution"])
        if records is None or not records.is_final:
            continue
        end = datetime.fromisoformat(records.header["endTime"])
        sent = (now.intent_of(job) or {}).get("sentTime")
        was_under_way = sent is not None and datetime.fromisoformat(sent) <= end
        if job.created_at > (end + _UNDER_WAY if was_under_way else end):
            yield f"I3: {job.job_id} began after the end of {job.tags['drsorc:execution']}"


def jobs_are_known(now: Evidence) -> Iterator[str]:
    """I5, I15: every job with our tags is on record at rest, in the place of its servers.

    At rest: no workflow runs, and no function that one of them called was under way lately.
    """
    if not now.at_rest:
        return
    for scope, job in now.our_launches():
        intent = now.intent_of(job)
        if intent is None:
            yield f"I5: {job.job_id} has no intent"
        elif (intent["accountId"], intent["region"]) != scope:
            yield f"I15: {job.job_id} runs in {scope}, its servers are in {intent['accountId']}"
        elif intent.get("jobId") != job.job_id and now.now > _known_by(job, now):
            yield f"I5: {job.job_id} is {intent.get('jobId')} on record"


def _known_by(job: JobTruth, now: Evidence) -> datetime:
    """Return when a job is on record at the latest: the reconciler has to find it, if it can."""
    return max(job.created_at, now.last_swept_in_vain) + _KNOWN_WITHIN


def known_jobs_exist(now: Evidence) -> Iterator[str]:
    """I5: every job on record is true, or marked as missing."""
    real = {job.job_id for truth in now.truths.values() for job in truth.jobs}
    for name, records in now.executions.items():
        for intent in records.intents.values():
            job_id = intent.get("jobId")
            if job_id and job_id not in real and not intent.get("unclearSince"):
                yield f"I5: {job_id} of {name} does not exist"


def modes_never_mix(now: Evidence) -> Iterator[str]:
    """I26: jobs, their tags and their execution are of one mode."""
    for _, job in now.our_launches():
        records = now.executions.get(job.tags["drsorc:execution"])
        mode = records.header.get("executionType") if records else None
        if {mode, job.tags["drsorc:mode"]} != {"DRILL" if job.is_drill else "RECOVERY"}:
            yield f"I26: {job.job_id} is a drill: {job.is_drill}, its execution a {mode}"


def sent_as_often_as_noted(now: Evidence) -> Iterator[str]:
    """I2: DRS was asked no more often than is on record, and not again in the quiet period."""
    sent: dict[tuple[str, tuple[str, int, int]], list[datetime]] = {}
    quiet_until: dict[tuple[str, tuple[str, int, int]], datetime] = {}
    for call in now.calls:
        tags = call.params.get("tags", {})
        if call.operation == "StartRecovery" and "drsorc:execution" in tags:
            key = key_of(tags)
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
            if not became:
                continue
            if earlier.is_closed or earlier.header.get("pausedBy"):
                yield f"I3: {name} sent {'/'.join(map(str, key))} after it was told not to"
            asks = earlier.waves[key[0]].get("question") or {}
            if asks.get("kind") not in {None, "STUCK"}:
                yield f"I3: {name} sent {'/'.join(map(str, key))} while it asked about {key[0]}"
