"""Examine servers: one look at each that a gate waits for, as far as a step's time allows."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple

from drs_orchestrator.domain.errors import AccountUnreachable, HealthUnknown
from drs_orchestrator.domain.health import (
    Finding,
    Instance,
    find_agent,
    find_answer,
    find_instance,
    find_status,
    instance_id,
    judge_health,
    probe_request,
    unknown,
)
from drs_orchestrator.domain.health_check import HealthCheck, Probe
from drs_orchestrator.domain.probe import PROBES_AT_ONCE
from drs_orchestrator.domain.server import Place, RecoveredServer
from drs_orchestrator.ports.health import HealthSites, InstanceChecks, Prober

# What one call to EC2, to Systems Manager and to a prober takes.
_SERVERS_AT_ONCE = PROBES_AT_ONCE
LAST_CALL_SECONDS = 45
"""No call begins later: whatever it meets, it then ends before the function's own time-out."""


class _OutOfTimeError(Exception):
    """What is left is for the next turn."""


class _Portion(NamedTuple):
    """Servers of one place that are looked at together."""

    checks: InstanceChecks
    prober: Prober
    servers: list[RecoveredServer]


class ExamineServers:
    """Nothing is changed anywhere; what cannot be asked is unknown, not unhealthy.

    `seconds` is a clock in real time: it is what the function's time-out counts.
    """

    def __init__(
        self,
        sites: HealthSites,
        seconds: Callable[[], float] = time.monotonic,
        portions_at_once: int = 8,
    ) -> None:
        self._sites = sites
        self._seconds = seconds
        self._portions_at_once = portions_at_once

    def __call__(
        self, check: HealthCheck, servers: Sequence[RecoveredServer]
    ) -> list[RecoveredServer]:
        """Return the servers with their health; one that was not reached is as it was."""
        last_call = self._seconds() + LAST_CALL_SECONDS
        portions: list[_Portion] = []
        examined: list[RecoveredServer] = []
        ordered = sorted(servers, key=lambda server: server.place)
        for place, group in groupby(ordered, key=lambda server: server.place):
            some = list(group)
            try:
                portions += self._portions(place, some)
            except AccountUnreachable as error:
                examined += [judge_health(each, [unknown(str(error))]) for each in some]

        def look(portion: _Portion) -> list[RecoveredServer]:
            return self._look(check, portion, last_call)

        with ThreadPoolExecutor(self._portions_at_once) as pool:
            for looked in pool.map(look, _in_turn(portions)):
                examined += looked
        return examined

    def _portions(self, place: Place, servers: list[RecoveredServer]) -> list[_Portion]:
        checks, prober = self._sites.instance_checks(place), self._sites.prober(place)
        servers.sort(key=_is_known)
        return [
            _Portion(checks, prober, servers[start : start + _SERVERS_AT_ONCE])
            for start in range(0, len(servers), _SERVERS_AT_ONCE)
        ]

    def _look(
        self, check: HealthCheck, portion: _Portion, last_call: float
    ) -> list[RecoveredServer]:
        def hurry() -> None:
            if self._seconds() > last_call:
                raise _OutOfTimeError

        try:
            return _Examination(check, portion, hurry)()
        except _OutOfTimeError:
            return portion.servers


class _Examination:
    """The checks of one portion, one after the other; `hurry` raises when there is no time left."""

    def __init__(self, check: HealthCheck, portion: _Portion, hurry: Callable[[], None]) -> None:
        self._check = check
        self._portion = portion
        self._hurry = hurry
        self._findings: dict[str, list[Finding]] = {}
        """By the EC2 id of the instance."""

    def __call__(self) -> list[RecoveredServer]:
        running = self._running()
        ids = list(running)
        if self._check.ec2_status:
            self._ask(ids, self._statuses)
        if self._check.ssm_agent:
            self._ask(ids, self._agents)
        if self._check.probe:
            self._probe(self._check.probe, running)
        return [
            judge_health(each, self._findings.get(instance_id(each), [find_instance("", None)]))
            for each in self._portion.servers
        ]

    def _running(self) -> dict[str, Instance]:
        """Return what runs, by id. What does not run needs no other check."""
        running: dict[str, Instance] = {}

        def find(ids: list[str]) -> dict[str, Finding]:
            shown = self._portion.checks.instances(ids)
            found = {id_: find_instance(id_, shown.get(id_)) for id_ in ids}
            running.update({id_: shown[id_] for id_, finding in found.items() if finding.passed})
            return {id_: finding for id_, finding in found.items() if not finding.passed}

        self._ask([id_ for each in self._portion.servers if (id_ := instance_id(each))], find)
        return running

    def _statuses(self, ids: list[str]) -> dict[str, Finding]:
        shown = self._portion.checks.statuses(ids)
        return {id_: find_status(shown.get(id_)) for id_ in ids}

    def _agents(self, ids: list[str]) -> dict[str, Finding]:
        pings = self._portion.checks.pings(ids)
        return {id_: find_agent(pings.get(id_)) for id_ in ids}

    def _probe(self, probe: Probe, running: Mapping[str, Instance]) -> None:
        requests = {
            id_: probe_request(probe, each.private_address)
            for id_, each in running.items()
            if each.private_address
        }

        def find(ids: list[str]) -> dict[str, Finding]:
            results = self._portion.prober.probe([requests[id_] for id_ in ids])
            return {id_: find_answer(result) for id_, result in zip(ids, results, strict=True)}

        self._note({id_: find_answer(None) for id_ in running.keys() - requests.keys()})
        self._ask(list(requests), find)

    def _ask(self, ids: list[str], find: Callable[[list[str]], dict[str, Finding]]) -> None:
        if not ids:
            return
        self._hurry()
        try:
            self._note(find(ids))
        except HealthUnknown as error:
            self._note(dict.fromkeys(ids, unknown(str(error))))

    def _note(self, findings: Mapping[str, Finding]) -> None:
        for id_, finding in findings.items():
            self._findings.setdefault(id_, []).append(finding)


def _in_turn(portions: list[_Portion]) -> list[_Portion]:
    """Return the portions never seen before those seen; beyond that by lot.

    What comes last may not be reached, and must not be the same each time.
    """
    return sorted(
        random.sample(portions, len(portions)), key=lambda portion: _is_known(portion.servers[0])
    )


def _is_known(server: RecoveredServer) -> bool:
    return server.health is not None
