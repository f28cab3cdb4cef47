"""Faults to inject. They may be replaced or changed while the simulator runs.

As JSON (camelCase), e.g.
    {"calls": [{"kind": "THROTTLE", "operation": "StartRecovery", "times": 2}],
     "servers": [{"kind": "LAUNCH_FAILED", "sourceServerId": "s-5...", "attempts": [1]}],
     "jobVisibilityLagSeconds": 20}
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from local.drs.errors import FaultsError
from local.drs.state import Scope
from local.protocols.models import service_model

_AS_JSON = ConfigDict(alias_generator=to_camel, extra="forbid")


class CallFaultKind(StrEnum):
    """What happens to a call. The last three hide from the caller what happened.

    SERVER_ERROR_AFTER_EFFECT: the call takes effect, the answer is a 500.
    LOST_REQUEST: the connection drops and nothing happened. LOST_ANSWER: it drops after the effect.
    """

    THROTTLE = "THROTTLE"
    CONFLICT = "CONFLICT"
    ACCESS_DENIED = "ACCESS_DENIED"
    SERVER_ERROR = "SERVER_ERROR"
    SERVER_ERROR_AFTER_EFFECT = "SERVER_ERROR_AFTER_EFFECT"
    LOST_REQUEST = "LOST_REQUEST"
    LOST_ANSWER = "LOST_ANSWER"


AFTER_EFFECT = frozenset({CallFaultKind.SERVER_ERROR_AFTER_EFFECT, CallFaultKind.LOST_ANSWER})


@dataclass
class CallFault:
    """Hits calls of `operation` (`*`: all): the next `times`, or all for `seconds` after the first
    hit, or a seeded `share` of them; without limits, all of them for good."""

    kind: CallFaultKind
    operation: str = "*"
    times: Annotated[int, Field(ge=0)] | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    _hits: int = field(default=0, init=False, repr=False, compare=False)
    _seen: int = field(default=0, init=False, repr=False, compare=False)
    _since: datetime | None = field(default=None, init=False, repr=False, compare=False)

    __pydantic_config__: ClassVar[ConfigDict] = _AS_JSON

    def hits(self, operation: str, now: datetime, seed: int) -> bool:
        """Return whether this call is hit, and count it."""
        if self.operation not in {"*", operation} or self._is_spent(now):
            return False
        self._seen += 1
        if (
            random.Random(f"{seed}:{self.kind}:{self.operation}:{self._seen}").random()
            >= self.share
        ):
            return False
        self._hits += 1
        self._since = self._since or now
        return True

    def _is_spent(self, now: datetime) -> bool:
        if self.times is not None and self._hits >= self.times:
            return True
        if self.seconds is None or self._since is None:
            return False
        return (now - self._since).total_seconds() >= self.seconds


@dataclass
class RateLimit:
    """A token bucket per account, Region and operation: beyond it, ThrottlingException.

    AWS publishes no rates for DRS, so none is in force unless set.
    """

    per_second: float
    burst: float
    operation: str = "*"
    _buckets: dict[tuple[Scope, str], tuple[float, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    __pydantic_config__: ClassVar[ConfigDict] = _AS_JSON

    def allows(self, scope: Scope, operation: str, now: datetime) -> bool:
        """Return whether the call fits, and count it."""
        if self.operation not in {"*", operation}:
            return True
        left, since = self._buckets.get((scope, operation), (self.burst, now))
        left = min(self.burst, left + (now - since).total_seconds() * self.per_second)
        fits = left >= 1
        self._buckets[scope, operation] = (left - 1 if fits else left, now)
        return fits


class ServerFaultKind(StrEnum):
    """What happens to a server in a job.

    SILENT_FAILURE: FAILED a second after the start, without a word in the log.
    LAUNCH_FAILED: FAILED `after_seconds` after LAUNCH_START, with `raw_error` in the log.
    SKIPPED: FAILED at once, logged as SERVER_SKIPPED. MISSING: the job does not list the server.
    STUCK: `phase` takes `seconds` longer, or for ever.
    """

    SILENT_FAILURE = "SILENT_FAILURE"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    SKIPPED = "SKIPPED"
    MISSING = "MISSING"
    STUCK = "STUCK"


class Phase(StrEnum):
    """Where a server can be stuck; JOB_START, JOB_END and TERMINATION hold up its whole job."""

    JOB_START = "JOB_START"
    CLEANUP = "CLEANUP"
    SNAPSHOT = "SNAPSHOT"
    CONVERSION = "CONVERSION"
    LAUNCH = "LAUNCH"
    JOB_END = "JOB_END"
    TERMINATION = "TERMINATION"


@dataclass(frozen=True)
class ServerFault:
    """Hits every launch of a server, or only those of `attempts` (counted from 1, never reset)."""

    source_server_id: Annotated[str, Field(pattern=r"^s-[0-9a-zA-Z]{17}$")]
    kind: ServerFaultKind
    attempts: tuple[int, ...] | None = None
    raw_error: str = (
        "An error occurred (UnauthorizedOperation) when calling the StartInstances operation: "
        "You are not authorized to perform this operation."
    )
    after_seconds: float = 2.0
    phase: Phase = Phase.CONVERSION
    seconds: float | None = None

    __pydantic_config__: ClassVar[ConfigDict] = _AS_JSON


@dataclass(frozen=True)
class Quotas:
    """The quotas of one account and Region (Service Quotas L-D88FAC3A, L-B827C881, L-05AFA8C6)."""

    jobs: Annotated[int, Field(ge=0)] = 20
    servers_per_job: Annotated[int, Field(ge=0)] = 100
    servers_in_jobs: Annotated[int, Field(ge=0)] = 500

    __pydantic_config__: ClassVar[ConfigDict] = _AS_JSON


@dataclass
class Faults:
    """Everything that goes wrong; the default: nothing.

    lock_release_lag_seconds: how long after its job's end a server still counts as busy.
    job_visibility_lag_seconds: how long after its creation a job stays out of the lists.
    instance_visibility_lag_seconds: the same for recovery instances, after their launch.
    is_drill_left_out: recovery instances do not say whether they are a drill's.
    """

    calls: list[CallFault] = field(default_factory=list)
    rate_limits: list[RateLimit] = field(default_factory=list)
    servers: list[ServerFault] = field(default_factory=list)
    quotas: Quotas = field(default_factory=Quotas)
    lock_release_lag_seconds: Annotated[float, Field(ge=0)] = 0.0
    job_visibility_lag_seconds: Annotated[float, Field(ge=0)] = 0.0
    instance_visibility_lag_seconds: Annotated[float, Field(ge=0)] = 0.0
    is_drill_left_out: bool = False

    __pydantic_config__: ClassVar[ConfigDict] = _AS_JSON

    @classmethod
    def from_json(cls, document: object) -> Faults:
        """Read parsed JSON; raises FaultsError that names the first wrong member."""
        try:
            faults = TypeAdapter(cls).validate_python(document)
        except ValidationError as error:
            first = error.errors()[0]
            pointer = "".join(f"/{step}" for step in first["loc"])
            raise FaultsError(f"faults, at {pointer or '/'}: {first['msg']}") from error
        for i, fault in enumerate(faults.calls):
            if fault.operation not in {"*", *service_model("drs").operation_names}:
                raise FaultsError(
                    f"faults, at /calls/{i}/operation: DRS has no operation {fault.operation!r}"
                )
        return faults

    def of_server(self, server_id: str, attempt: int) -> ServerFault | None:
        """Return the fault that hits this launch of a server, the first if several do."""
        for fault in self.servers:
            if fault.source_server_id == server_id and attempt in (fault.attempts or (attempt,)):
                return fault
        return None

    def of_call(self, operation: str, now: datetime, seed: int) -> CallFaultKind | None:
        """Return what happens to this call, None if nothing."""
        for fault in self.calls:
            if fault.hits(operation, now, seed):
                return fault.kind
        return None

    def throttles(self, scope: Scope, operation: str, now: datetime) -> bool:
        """Return whether a rate limit refuses this call."""
        return not all(limit.allows(scope, operation, now) for limit in self.rate_limits)
