"""What a prober finds at the private addresses of recovery instances, by script.

As JSON (camelCase); the first script that fits decides:
    [{"target": "s-5aaaaaaaaaaaaaaaa", "port": 8080, "path": "/health", "healthyAfterSeconds": 300},
     {"target": "i-0123456789abcdef0", "answer": "TIMEOUT"},
     {"target": "*", "status": 503}]
A port that no script names answers 200 once its instance has been up for a minute.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from drs_orchestrator.domain.probe import (
    ProbeRequest,
    ProbeResult,
    ProbeResults,
    ProbeRound,
    ProbeType,
)
from local.clock import Clock
from local.drs.state import Scope
from local.function_directory import FunctionCall
from local.functions import outcome_of
from local.machines import Machine, TruthSource, machines
from local.protocols.documents import parse

PROBER_NAME = "drs-orchestrator-prober"
"""The function that every account has, unless its entry names another."""
_EVERY_TARGET = "*"
_REMEMBERED_PROBES = 100_000


class ProbeScriptsError(ValueError):
    """A scripts document with an unknown or wrong member; the message names its JSON pointer."""


class Answer(StrEnum):
    """How the port answers once it could be healthy."""

    STATUS = "STATUS"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"


class ProbeScript(BaseModel):
    """One or more ports: `target` is an instance, a source server, a private address or `*`.

    Until the instance has been up for `healthy_after_seconds` the port refuses connections; then
    it gives `answer`, HTTP with `status`. `path` matters to HTTP only. Without `port` or `path`
    every one is meant. `fails_from_seconds`: from that age of the instance on it refuses again.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )

    target: str = _EVERY_TARGET
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    path: str | None = None
    healthy_after_seconds: Annotated[float, Field(ge=0)] = 60.0
    fails_from_seconds: float | None = None
    answer: Answer = Answer.STATUS
    status: Annotated[int, Field(ge=100, le=599)] = 200
    latency_ms: Annotated[int, Field(ge=0)] = 20

    def fits(self, machine: Machine, request: ProbeRequest) -> bool:
        """Return whether this script decides what `request` finds at `machine`."""
        names = {_EVERY_TARGET, machine.private_address}
        if self.target not in names and not machine.is_one_of(frozenset({self.target})):
            return False
        if self.path is not None and (request.type is ProbeType.TCP or request.path != self.path):
            return False
        return self.port in {None, request.port}

    def answer_at(self, age_seconds: float) -> Answer:
        """Return how the port answers when its instance has been up for `age_seconds`."""
        failed = self.fails_from_seconds is not None and age_seconds >= self.fails_from_seconds
        if age_seconds < self.healthy_after_seconds or failed:
            return Answer.REFUSED
        return self.answer


@dataclass(frozen=True)
class ProbeRecord:
    """One probe that was made; `instance_id`: of what runs at its address, if anything does."""

    account_id: str
    region: str
    at: datetime
    instance_id: str | None
    request: ProbeRequest
    result: ProbeResult


_SCRIPTS = TypeAdapter(list[ProbeScript])


def read_scripts(document: object) -> list[ProbeScript]:
    """Read parsed JSON; raises ProbeScriptsError that names the first wrong member."""
    return parse(_SCRIPTS, document, lambda text: ProbeScriptsError(f"probes, {text}"))


class Prober:
    """Answers probes of the instances of `source`; `scripts` may be replaced at any time.

    In every account and Region it is the function of each of `names`, also where the deployment
    has one of that name: the real one would send packets.
    """

    def __init__(
        self, source: TruthSource, clock: Clock, scripts: Sequence[ProbeScript] = ()
    ) -> None:
        self.scripts = tuple(scripts)
        self.names = frozenset({PROBER_NAME})
        self._source = source
        self._clock = clock
        self._probes: deque[ProbeRecord] = deque(maxlen=_REMEMBERED_PROBES)
        self._lock = threading.Lock()

    @property
    def probes(self) -> list[ProbeRecord]:
        """Every probe so far, oldest first (the last 100,000)."""
        with self._lock:
            return list(self._probes)

    def probe(self, account_id: str, region: str, request: ProbeRequest) -> ProbeResult:
        """Return what a prober in that account and Region finds. It takes no time."""
        at = self._clock.now()
        machine = self._machine(account_id, region, request.address)
        result = self._result(machine, request, at)
        instance_id = machine.instance_id if machine else None
        with self._lock:
            self._probes.append(ProbeRecord(account_id, region, at, instance_id, request, result))
        return result

    def invoke(self, account_id: str, region: str, event: dict[str, Any]) -> dict[str, Any]:
        """Answer as the account's prober function: a ProbeRound's JSON in, ProbeResults' out.

        Raises pydantic's ValidationError for any other event, as that function would refuse it.
        """
        requests = ProbeRound.model_validate(event).requests
        results = [self.probe(account_id, region, request) for request in requests]
        return ProbeResults(results=results).document()

    def find(self, scope: Scope, name: str) -> FunctionCall | None:
        """Return the prober of an account and Region if `name` names it."""
        if name not in self.names:
            return None
        return lambda payload: outcome_of(
            lambda: self.invoke(*scope, json.loads(payload or b"{}")), name, str(uuid.uuid4())
        )

    def _result(self, machine: Machine | None, request: ProbeRequest, at: datetime) -> ProbeResult:
        if machine is None:
            return _time_out(request)
        fitting = (script for script in self.scripts if script.fits(machine, request))
        script = next(fitting, ProbeScript())
        match script.answer_at(machine.age_seconds(at)):
            case Answer.TIMEOUT:
                return _time_out(request)
            case Answer.REFUSED:
                return ProbeResult(
                    healthy=False, detail="connection refused", latency_ms=script.latency_ms
                )
            case Answer.STATUS if request.type is ProbeType.TCP:
                return ProbeResult(healthy=True, detail="connected", latency_ms=script.latency_ms)
            case Answer.STATUS:
                return request.judge(script.status, script.latency_ms)

    def _machine(self, account_id: str, region: str, address: str) -> Machine | None:
        """Return who answers at `address`: a running instance, else nobody."""
        for machine in machines(self._source.truth(account_id, region)):
            if machine.private_address == address and machine.state == "running":
                return machine
        return None


def _time_out(request: ProbeRequest) -> ProbeResult:
    return ProbeResult(
        healthy=False,
        detail=f"no answer within {request.timeout_seconds:g} s",
        latency_ms=round(request.timeout_seconds * 1000),
    )
