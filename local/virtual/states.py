"""The states of a machine, as the interpreter walks through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from local.virtual.paths import Evaluate, Json

# What States.ALL and States.TaskFailed do not catch.
_UNCATCHABLE = {"States.DataLimitExceeded", "States.Runtime"}
_TIME_OUTS = {"States.Timeout", "States.HeartbeatTimeout"}


@dataclass(frozen=True)
class Errors:
    """The ErrorEquals of a Retry or Catch."""

    names: frozenset[str]

    def match(self, error: str) -> bool:
        """Return whether the error is meant."""
        if error in self.names:
            return True
        if error in _UNCATCHABLE:
            return False
        is_failure = "States.TaskFailed" in self.names and error not in _TIME_OUTS
        is_beat = error == "States.HeartbeatTimeout" and "States.Timeout" in self.names
        return "States.ALL" in self.names or is_failure or is_beat


@dataclass(frozen=True)
class Retrier:
    """When a failed task is tried again; `is_jittered`: after any time up to the delay."""

    errors: Errors
    interval_seconds: float
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: float | None
    is_jittered: bool

    def delay_seconds(self, attempt: int) -> float:
        """Return the longest wait before the retry numbered `attempt`, from 1."""
        # Beyond 2^60 any maximum counts.
        delay = self.interval_seconds * self.backoff_rate ** min(attempt - 1, 60)
        return delay if self.max_delay_seconds is None else min(delay, self.max_delay_seconds)


@dataclass(frozen=True)
class Catcher:
    """Where a state goes on after an error that no retry mended."""

    errors: Errors
    put: Callable[[Json, Json], Json]
    following: str


@dataclass(frozen=True)
class Task:
    """A Lambda function's call; `waits_for_token`: its result comes with the task's token."""

    arguments: Evaluate
    waits_for_token: bool
    select: Evaluate | None
    put: Callable[[Json, Json], Json]
    timeout_seconds: Evaluate
    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]
    following: str


@dataclass(frozen=True)
class DistributedMap:
    """One execution per item; `tolerated_percentage` of them may fail."""

    items: Evaluate
    select: Evaluate | None
    tolerated_percentage: float
    child: Machine
    put: Callable[[Json, Json], Json]
    catchers: tuple[Catcher, ...]
    following: str


@dataclass(frozen=True)
class Choice:
    """The first rule (variable, text, next state) that holds decides, else `otherwise`."""

    rules: tuple[tuple[Evaluate, str, str], ...]
    otherwise: str


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: Evaluate
    following: str


@dataclass(frozen=True)
class Succeed:
    """The end, well."""


@dataclass(frozen=True)
class Pass:
    """The end, well, with this output, whatever came in."""

    result: Json


@dataclass(frozen=True)
class Fail:
    """The end, not well."""

    error: str
    cause: Evaluate


State: TypeAlias = Task | DistributedMap | Choice | Wait | Succeed | Pass | Fail


@dataclass(frozen=True)
class Machine:
    """The states by their names, and the first."""

    start_at: str
    states: Mapping[str, State]
