"""Health: what the checks of a wave's gate make of its servers. Pure; None means it passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from drs_orchestrator.domain.decision import QuestionKind
from drs_orchestrator.domain.errors import shortened
from drs_orchestrator.domain.health_check import HealthCheck, Probe
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.step import health_interval_seconds
from drs_orchestrator.domain.wave import WavePhase, WaveRecord

# Of the EC2 API: whoever is in one of these will not come back.
_GONE = {"shutting-down", "terminated"}


class Instance(Model):
    """An instance as EC2 shows it; one that is gone has no address."""

    instance_id: str
    state: str
    private_address: str | None = None


class StatusChecks(Model):
    """EC2's two status checks of an instance, in its words: `ok`, `impaired`, `initializing`."""

    system: str
    instance: str


class Finding(Model):
    """What one check found out about one server, in words."""

    passed: bool
    words: str


class HealthGate(StrEnum):
    """Where the health gate of a wave stands."""

    NONE = "NONE"
    """The plan names none: launched is all that is known of the wave's servers."""
    PENDING = "PENDING"
    """It is not decided; of a wave that has ended: it never came to that."""
    PASSED = "PASSED"
    FAILED = "FAILED"


def instance_id(server: RecoveredServer) -> str:
    """Return what EC2 calls the server's recovery instance; empty: it is on no record."""
    return server.ec2_instance_id or server.recovery_instance_id or ""


def find_instance(id_: str, instance: Instance | None) -> Finding:
    """Judge whether there is anything to check."""
    if instance is None:
        return _missing(f"EC2 shows no instance {id_}".rstrip())
    if instance.state in _GONE:
        return _missing(f"instance {id_} is {instance.state}: somebody terminated it")
    if instance.state != "running":
        return _missing(f"instance {id_} is {instance.state}")
    return Finding(passed=True, words="running")


def find_status(checks: StatusChecks | None) -> Finding:
    """Judge EC2's status checks."""
    if checks is None:
        return _missing("EC2 shows no status checks")
    named = {"system": checks.system, "instance": checks.instance}
    short = [f"{name} status {status}" for name, status in named.items() if status != "ok"]
    return _missing(", ".join(short)) if short else Finding(passed=True, words="EC2 status ok")


def find_agent(ping: str | None) -> Finding:
    """Judge Systems Manager's word for the agent; None: it never registered."""
    if ping is None:
        return _missing("SSM agent never seen")
    return Finding(passed=ping == "Online", words=f"SSM agent {ping}")


def find_answer(result: ProbeResult | None) -> Finding:
    """Judge what the prober found; None: there was no address to ask."""
    if result is None:
        return _missing("the instance has no private address to probe")
    return Finding(passed=result.healthy, words=result.detail)


def unknown(why: str) -> Finding:
    """Return the finding of a check that could not be made."""
    return _missing(f"unknown: {why}")


def probe_request(probe: Probe, address: str) -> ProbeRequest:
    """Return what the account's prober is asked."""
    return ProbeRequest(address=address, **dict(probe))


def judge_health(server: RecoveredServer, findings: Sequence[Finding]) -> RecoveredServer:
    """Return the server with its health in words, and VERIFIED if every check passed.

    A finding that nothing is known counts as one that did not pass, and says so.
    """
    short = [finding for finding in findings if not finding.passed]
    words = shortened("; ".join(finding.words for finding in short or findings))
    return server.changed(verdict=server.verdict if short else ServerVerdict.VERIFIED, health=words)


def is_healthy_enough(servers: Sequence[RecoveredServer], check: HealthCheck) -> bool:
    """Whether as large a share of the launched servers is verified as the plan asks for."""
    launched = [each for each in servers if each.verdict and each.verdict.is_up]
    verified = [each for each in launched if each.verdict is ServerVerdict.VERIFIED]
    return len(verified) * 100 >= check.healthy_percent * len(launched)


def wait_seconds(wave: WaveRecord, now: datetime) -> int | None:
    """Return how long the servers get until the next look; None: the deadline has come."""
    deadline, check = wave.health_deadline, wave.health_check
    if deadline is None or check is None or now >= deadline:
        return None
    left = deadline - now
    verifying = timedelta(minutes=check.deadline_minutes) - left
    return min(health_interval_seconds(verifying), ceil(left.total_seconds()))


def gate_of(wave: WaveRecord, servers: Sequence[RecoveredServer]) -> HealthGate:
    """Return where the gate of a wave with these servers stands, by the evidence."""
    if wave.health_check is None:
        return HealthGate.NONE
    if wave.phase is WavePhase.AFTER:
        return HealthGate.PASSED
    if wave.phase is not WavePhase.HEALTH:
        return HealthGate.PENDING
    if wave.status.is_final:
        passed = is_healthy_enough(servers, wave.health_check)
        return HealthGate.PASSED if passed else HealthGate.FAILED
    asks = wave.question is not None and wave.question.kind is QuestionKind.HEALTH
    return HealthGate.FAILED if asks else HealthGate.PENDING


def _missing(words: str) -> Finding:
    return Finding(passed=False, words=words)
