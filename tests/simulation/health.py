"""What EC2, Systems Manager and probers said of the health of recovery instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drs_orchestrator.domain.probe import ProbeRequest
from local.virtual.world import VirtualWorld


@dataclass(frozen=True)
class HealthAnswer:
    """One answer; `check` is called as plans call it, `request` is what a prober was asked."""

    instance_id: str
    check: str
    at: datetime
    passed: bool
    request: ProbeRequest | None = None


def health_answers(world: VirtualWorld) -> tuple[HealthAnswer, ...]:
    """Return every answer that there was in a world."""
    return (*_of_ec2(world), *_of_systems_manager(world), *_of_probers(world))


def _of_ec2(world: VirtualWorld) -> Iterator[HealthAnswer]:
    for each in world.aws.ec2.statuses:
        passed = each.system == each.instance == "ok"
        yield HealthAnswer(each.instance_id, "ec2Status", each.at, passed)


def _of_systems_manager(world: VirtualWorld) -> Iterator[HealthAnswer]:
    for each in world.aws.ssm.pings:
        yield HealthAnswer(each.instance_id, "ssmAgent", each.at, each.ping_status == "Online")


def _of_probers(world: VirtualWorld) -> Iterator[HealthAnswer]:
    for each in world.aws.prober.probes:
        if each.instance_id:
            yield HealthAnswer(
                each.instance_id, "probe", each.at, each.result.healthy, each.request
            )
