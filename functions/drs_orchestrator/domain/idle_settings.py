"""Settings of a plan that would never count: somebody expects what will not happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drs_orchestrator.domain.approval import ApprovalTimeout
from drs_orchestrator.domain.errors import Fault
from drs_orchestrator.domain.probe import ProbeType
from drs_orchestrator.domain.recovery_plan import Wave


def find_idle_settings(waves: Sequence[Wave]) -> Iterator[Fault]:
    """Yield each with its place. A default is none: a plan that was read can be sent back."""
    for i, wave in enumerate(waves):
        yield from _of_approval(f"/waves/{i}/approval", wave)
        yield from _of_probe(f"/waves/{i}/healthCheck/probe", wave)


def _of_approval(pointer: str, wave: Wave) -> Iterator[Fault]:
    approval = wave.approval
    if approval is None or approval.timeout_minutes is not None:
        return
    if approval.on_timeout is not ApprovalTimeout.REJECT:
        yield Fault(
            f"{pointer}/onTimeout",
            f"{approval.on_timeout} never happens: the approval has no time-out; add "
            "timeoutMinutes, or remove onTimeout",
        )


def _of_probe(pointer: str, wave: Wave) -> Iterator[Fault]:
    probe = wave.health_check.probe if wave.health_check else None
    if probe is None or probe.type is not ProbeType.TCP:
        return
    message = "a tcp probe only connects; remove it, or make the probe's type http or https"
    if probe.path != "/":
        yield Fault(f"{pointer}/path", message)
    if probe.expect_status is not None:
        yield Fault(f"{pointer}/expectStatus", message)
