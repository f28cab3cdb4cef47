"""Waves of one execution: where they stand and what the workflow does next."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.recovery_plan import OnFailure, SuccessPolicy, SuccessRule

# The wait of the recovery loop at first; nobody's limit, but what users of DRS expect.
CHECK_INTERVAL_SECONDS = 30
# How long a wave rests before it looks again by itself, should every bell get lost.
HOLD_SECONDS = 3600
CAPACITY_HOLD_SECONDS = 60


class WaveStatus(StrEnum):
    """Where a wave stands; the last five are final."""

    PENDING = "PENDING"
    HELD = "HELD"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether the wave has its verdict."""
        return self in _FINAL

    @property
    def came_up(self) -> bool:
        """Whether the wave recovered what its policy asks for; dependents may start."""
        return self in {WaveStatus.COMPLETED, WaveStatus.PARTIAL}


_FINAL = {
    WaveStatus.COMPLETED,
    WaveStatus.PARTIAL,
    WaveStatus.FAILED,
    WaveStatus.SKIPPED,
    WaveStatus.CANCELLED,
}


AT_REST = frozenset({WaveStatus.PENDING, WaveStatus.HELD})
NOT_ENDED = AT_REST | {WaveStatus.RUNNING}


def check_interval_seconds(running: timedelta) -> int:
    """Return the wait before the next look at jobs that have run for so long.

    A job that hangs for days must not use up the 25,000 events of its wave's history; a turn of the
    loop is nine of them.
    """
    if running < timedelta(hours=2):
        return CHECK_INTERVAL_SECONDS
    return 60 if running < timedelta(hours=6) else 300


class WaveRecord(Model):
    """One wave of one execution."""

    name: str
    position: int
    protection_groups: list[str]
    depends_on: list[str]
    on_failure: OnFailure
    success_policy: SuccessPolicy = SuccessRule.ALL
    server_count: int
    remaining_path: int
    """Waves on the longest chain that begins here: the queue serves the longest first."""
    status: WaveStatus = WaveStatus.PENDING
    reason: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    bell: str | None = None
    """Task token of the wait that may be rung; ringing an old one changes nothing."""
    bell_timeout_seconds: int | None = None


class Next(StrEnum):
    """Where the workflow goes; the only words its Choice states know."""

    START = "START"
    WAIT = "WAIT"
    HOLD = "HOLD"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    SUCCEED = "SUCCEED"


class Step(Model):
    """What every workflow step answers."""

    next: Next
    wait_seconds: int = CHECK_INTERVAL_SECONDS
