"""What waits for room in DRS goes on when there is some (I6, I10).

The rests of `domain/step.py` and the order of the queue are written here once more, on purpose: an
invariant that asked the product for them would inherit what the product forgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from local.drs import JobTruth
from local.drs.state import Scope
from local.virtual.processes import BEGINNING
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import last_failure, run_of
from tests.simulation.stored import ExecutionRecords, IntentKey, Record

_GOES_ON_WITHIN = timedelta(minutes=5)
_ENDED = {"COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"}
# The longest rest of a wave whose launch has been tried for so long, and after the last of these:
# a longer one if it looks at a job meanwhile, or asks about one.
_RESTS = (
    (timedelta(hours=1), timedelta(minutes=1)),
    (timedelta(hours=6), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=15)),
)
_LONGEST_REST, _LONGEST_REST_BESIDE_JOBS = timedelta(minutes=30), timedelta(hours=1)


def launches_go_on(now: Evidence) -> Iterator[str]:
    """I6, I10: 5 minutes after its rest a launch that may be sent is sent, and one that waits for
    room has it if there is some; however late the hour at which somebody gives it up.

    Not while the execution is paused or closed, its wave asks somebody (but about a stuck job,
    which keeps no other one waiting), or something goes wrong.
    """
    for name, records in now.executions.items():
        for key, intent in records.intents.items():
            moved = _moved(now, name, key)
            if now.now <= moved + _GOES_ON_WITHIN or not _may_go(now, name, intent):
                continue
            rest = _longest_rest(now, records, intent["wave"]) + _GOES_ON_WITHIN
            if now.now <= moved + rest:
                continue
            since = max(moved, _hindered(now, name, intent))
            if intent["status"] == "QUEUED":
                room = _room_since(now, intent)
                since = max(since, room) if room else now.now
            if now.now > since + rest:
                told = "/".join(map(str, key))
                yield f"I6: {told} of {name} is {intent['status']}, and may go since {since}"


def _may_go(now: Evidence, name: str, intent: Record) -> bool:
    """Whether nobody holds up the launch, as far as the records say."""
    records, run = now.executions[name], now.runs.get(name)
    is_open = not (records.is_closed or records.header.get("pausedBy"))
    wave = records.waves[intent["wave"]]
    asks = (wave.get("question") or {}).get("kind") not in {None, "STUCK"}
    decided = asks or wave.get("skippedBy") or wave.get("abortedBy")
    if run is None or not is_open or decided or wave["status"] in _ENDED:
        return False
    child = run_of(wave["name"], run)
    if child is None or not child.is_running:
        return False
    has_begun = wave.get("phase") == "LAUNCH"
    return intent["status"] in {"QUEUED", "GRANTED"} or (
        intent["status"] == "PREPARED" and has_begun
    )


def _moved(now: Evidence, name: str, key: IntentKey) -> datetime:
    """Return since when launch and wave are where they are."""
    since = now.since.get(name, {})
    return max(since.get(key, BEGINNING), since.get(key[0], BEGINNING))


def _hindered(now: Evidence, name: str, intent: Record) -> datetime:
    """Return until when a pause, or a fault that the wave met, may have held it up."""
    child = run_of(intent["wave"], now.runs[name])
    paused = now.last_paused.get(name, BEGINNING)
    return max(now.last_struck, paused, (child and last_failure(child)) or BEGINNING)


def _longest_rest(now: Evidence, records: ExecutionRecords, wave: str) -> timedelta:
    """Return how long the wave rests between two looks: the longer, the longer it has tried."""
    begun = [
        datetime.fromisoformat(moment)
        for intent in records.intents.values()
        if intent["wave"] == wave
        for moment in (intent.get("firstQueuedTime"), intent.get("firstSentTime"))
        if moment
    ]
    tried = now.now - min(begun, default=now.now)
    is_beside = any(
        intent["wave"] == wave and intent["status"] in {"SENT", "CONFIRMED"}
        for intent in records.intents.values()
    )
    longest = _LONGEST_REST_BESIDE_JOBS if is_beside else _LONGEST_REST
    return next((rest for until, rest in _RESTS if tried < until), longest)


def _room_since(now: Evidence, intent: Record) -> datetime | None:
    """Return since when a queued launch would have room; None: it has none, or others come first.

    Room that is there now was there since the last job of the place ended: what began meanwhile
    has only taken from it.
    """
    place = Scope(intent["accountId"], intent["region"])
    not_before = _time(intent.get("notBefore"))
    ahead = [
        each
        for _, _, each in _intents(now, place)
        if each["status"] == "QUEUED"
        and _turn(each) < _turn(intent)
        and _time(each.get("notBefore")) <= now.now
    ]
    servers = _taken(now, place)
    jobs, in_jobs = len(servers) + 1, sum(servers) + len(intent["sourceServerIds"])
    if ahead or jobs > now.quotas.jobs or in_jobs > now.quotas.servers_in_jobs:
        return None
    ends = [job.ended_at for job in now.truths[place].jobs if job.ended_at]
    moves = [_moved(now, other, key) for other, key, _ in _intents(now, place)]
    return max([not_before, *ends, *moves])


def _taken(now: Evidence, place: Scope) -> Sequence[int]:
    """Return the servers of each job that runs, and of each launch that may be one any moment, or
    that will be as soon as jobs of others leave it its servers.
    """
    active = [job for job in now.truths[place].jobs if job.ended_at is None]
    running = {_owner(job.tags) for job in active}
    coming = [
        intent["sourceServerIds"]
        for name, (wave, attempt, chunk), intent in _intents(now, place)
        if intent["status"] in {"GRANTED", "SENT"}
        and (name, wave, str(attempt), str(chunk)) not in running
    ]
    return [*map(_size, active), *map(len, coming)]


def _owner(tags: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return whose launch a job is; of a stranger's, nobody's."""
    return tuple(tags.get(f"drsorc:{part}") for part in ("execution", "wave", "attempt", "chunk"))


def _size(job: JobTruth) -> int:
    """Return the servers that a job takes: of ours all that were asked for, as its grant has them;
    of others' those that DRS lists in it.
    """
    is_ours = "drsorc:execution" in job.tags
    return len(job.server_ids if is_ours else job.launch_statuses or job.server_ids)


def _intents(now: Evidence, place: Scope) -> list[tuple[str, IntentKey, Record]]:
    return [
        (name, key, intent)
        for name, records in now.executions.items()
        for key, intent in records.intents.items()
        if (intent["accountId"], intent["region"]) == place
    ]


def _turn(intent: Record) -> tuple[bool, int, str, str]:
    """Return a launch's place in the queue: RECOVERY first, then the longest way, then who came."""
    key = f"{intent['executionId']}#{intent['wave']}#{intent['attempt']:03}#{intent['chunk']:04}"
    is_drill = intent["executionType"] == "DRILL"
    return is_drill, -intent["remainingPath"], intent["queuedTime"], key


def _time(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else BEGINNING
