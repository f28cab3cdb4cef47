"""The gates of a random plan's waves, of approval and of health, and who does not pass the latter.

They are drawn by themselves, so that a seed has its history otherwise as it was.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from drs_orchestrator.domain.decision import NOBODY
from local.faults_file import FaultsFile
from local.probes import Answer, ProbeScript
from tests.simulation.evidence import Evidence
from tests.simulation.stored import Record
from tests.workflow.laptop import server_id

Json = dict[str, Any]
# Of all approvals: those that may run out before somebody looks.
_RUNS_OUT_SHARE = 0.6
# Of all waves that would ask nobody, or check nothing.
_ASKS_TOO_SHARE, _CHECKED_TOO_SHARE = 0.1, 0.3
# Of the servers of a history; of ports some get well, or are not asked for that path.
_SILENT_SHARES, _FAILING_SHARES = (0.0, 0.15, 0.4), (0.0, 0.3, 0.6)
_FAILING = (
    ProbeScript(answer=Answer.REFUSED),
    ProbeScript(answer=Answer.TIMEOUT),
    ProbeScript(status=503),
    ProbeScript(path="/health", status=404),
    ProbeScript(fails_from_seconds=200),
    ProbeScript(healthy_after_seconds=400),
)


def with_gates(plans: Sequence[Json], chance: random.Random) -> list[Json]:
    """Return the plans, more of their waves with more to pass."""
    return [
        {**plan, "waves": [{**wave, **draw_gates(chance, wave)} for wave in plan["waves"]]}
        for plan in plans
    ]


def draw_gates(chance: random.Random, manners: Json) -> Json:
    """Return the gates of a wave that has some manners already."""
    gates: Json = {}
    if chance.random() < (_RUNS_OUT_SHARE if "approval" in manners else _ASKS_TOO_SHARE):
        gates["approval"] = {
            "role": "Owner",
            "timeoutMinutes": chance.choice((1, 1, 5, 20)),
            "onTimeout": chance.choice(("REJECT", "APPROVE")),
        }
    if "healthCheck" in manners or chance.random() < _CHECKED_TOO_SHARE:
        gates["healthCheck"] = _draw_check(chance)
    return gates


def with_failing_checks(others: FaultsFile, chance: random.Random, size: int) -> FaultsFile:
    """Return the same, with servers whose agents are silent, and whose ports do not answer well."""
    absent, lost = (_draw_servers(chance, size, _SILENT_SHARES) for _ in range(2))
    ssm = replace(others.ssm, agent_absent=frozenset(absent), agent_lost=frozenset(lost))
    probes = [
        chance.choice(_FAILING).model_copy(update={"target": each})
        for each in _draw_servers(chance, size, _FAILING_SHARES)
    ]
    return replace(others, ssm=ssm, probes=probes)


def lapsed(evidence: Evidence) -> int:
    """Return how many approvals nobody gave in time."""
    decisions = [each for records in evidence.executions.values() for each in records.decisions]
    return sum(each["actor"] == NOBODY for each in decisions)


def failed_checks(evidence: Evidence, others: FaultsFile) -> Counter[str]:
    """Return how many servers were looked at and not found well, by what was wrong with them."""
    silent = others.ssm.agent_absent | others.ssm.agent_lost
    failing = {each.target for each in others.probes}
    sick = [(check, each["sourceServerId"]) for check, each in _unverified(evidence)]
    return Counter(
        {
            "AGENT_SILENT": sum(bool(c.get("ssmAgent")) and each in silent for c, each in sick),
            "PROBE_FAILED": sum(bool(c.get("probe")) and each in failing for c, each in sick),
        }
    )


def _unverified(evidence: Evidence) -> Iterator[tuple[Record, Record]]:
    for records in evidence.executions.values():
        for server in records.servers.values():
            check = records.waves[server["wave"]].get("healthCheck")
            if check and server.get("health") and server.get("verdict") == "LAUNCHED":
                yield check, server


def _draw_check(chance: random.Random) -> Json:
    made = {"ec2Status": chance.random() < 0.6, "ssmAgent": chance.random() < 0.6}
    check: Json = {**made, "deadlineMinutes": 10}
    if not any(made.values()) or chance.random() < 0.6:
        check["probe"] = _draw_probe(chance)
    if chance.random() < 0.5:
        check["healthyPercent"] = chance.choice((1, 50, 90))
    return check


def _draw_probe(chance: random.Random) -> Json:
    probe: Json = {
        "type": chance.choice(("http", "https", "tcp")),
        "port": chance.choice((443, 8080)),
        "path": chance.choice(("/", "/health")),
    }
    return {**probe, "expectStatus": 200} if chance.random() < 0.3 else probe


def _draw_servers(chance: random.Random, size: int, shares: Sequence[float]) -> list[str]:
    share = chance.choice(shares)
    return [server_id(number) for number in range(size) if chance.random() < share]
