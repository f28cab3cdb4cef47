"""What a step of the workflow answers: where the workflow goes, and how long it rests before."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from drs_orchestrator.domain.model import Model

# The wait of the recovery loop at first; nobody's limit, but what users of DRS expect.
CHECK_INTERVAL_SECONDS = 30
# How long a wave rests before it looks again by itself, should every bell get lost.
HOLD_SECONDS = 3600


class Next(StrEnum):
    """Where the workflow goes; the only words its Choice states know."""

    START = "START"
    WAIT = "WAIT"
    HOLD = "HOLD"
    ACT = "ACT"
    VERIFY = "VERIFY"
    ASK = "ASK"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    SUCCEED = "SUCCEED"


class Step(Model):
    """What every workflow step answers."""

    next: Next
    wait_seconds: int = CHECK_INTERVAL_SECONDS


# The waits stretch, because a wave's history holds 25,000 events and may have to last for a week:
# a turn of the recovery loop or of the health loop is nine of them, a turn of a wait for a bell
# eight, a launch that DRS refuses for want of room some forty.


def health_interval_seconds(verifying: timedelta) -> int:
    """Return the wait before the next look at servers that have been checked for so long."""
    return 15 if verifying < timedelta(minutes=5) else check_interval_seconds(verifying)


def check_interval_seconds(running: timedelta) -> int:
    """Return the wait before the next look at jobs that have run for so long."""
    if running < timedelta(hours=2):
        return CHECK_INTERVAL_SECONDS
    return 60 if running < timedelta(hours=6) else 300


def closing_interval_seconds(resulting: timedelta, *, all_there: bool) -> int | None:
    """Return the wait before the next look at a job that has had launch results for so long.

    `all_there`: of each of its servers. None: its end is not as near as it seemed.
    """
    if all_there:
        return 5 if resulting < timedelta(minutes=1) else None
    return 15 if resulting < timedelta(minutes=10) else None


def capacity_hold_seconds(queued: timedelta) -> int:
    """Return the longest rest of a wave that has waited so long for room in DRS."""
    if queued < timedelta(hours=1):
        return 60
    if queued < timedelta(hours=6):
        return 300
    return 900 if queued < timedelta(days=1) else 1800


def refusal_hold_seconds(queued: timedelta, *, beside_jobs: bool) -> int:
    """Return how long a chunk is not tried again that DRS refused although there seemed to be room.

    `beside_jobs`: its wave has something else to look at. Room, a launch and a rest again cost
    twice the events of a launch that is throttled.
    """
    seconds = capacity_hold_seconds(queued)
    return max(seconds, 2 * retry_beside_jobs_seconds(queued)) if beside_jobs else seconds


def launch_retry_seconds(trying: timedelta) -> int:
    """Return the wait before the next try of a launch that nothing is known to be wrong with.

    Of a wave that has nothing else to look at.
    """
    if trying < timedelta(hours=2):
        return CHECK_INTERVAL_SECONDS
    return 60 if trying < timedelta(hours=6) else 900


def retry_beside_jobs_seconds(trying: timedelta) -> int:
    """Return the least time between two tries of a launch whose wave looks at other jobs, too.

    A try then comes on top of those looks, and of a question about a job that is stuck: twenty-
    three events more than a rest alone.
    """
    if trying < timedelta(minutes=10):
        return CHECK_INTERVAL_SECONDS
    if trying < timedelta(hours=1):
        return 60
    if trying < timedelta(hours=6):
        return 300
    return 900 if trying < timedelta(days=1) else 3600


def question_hold_seconds(asked: timedelta) -> int:
    """Return the longest rest of a wave with a question that the end of a job may answer.

    DRS tells of that end, too: the rest is what it takes to be seen should the event get lost.
    """
    if asked < timedelta(hours=1):
        return 60
    return 300 if asked < timedelta(days=1) else 600
