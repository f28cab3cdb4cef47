"""Evidence of a drill that got past gates of health and of approval, and alterations of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from tests.simulation.broken.altered import Change, with_instances, with_records
from tests.simulation.evidence import Evidence
from tests.simulation.health import HealthAnswer
from tests.simulation.scenarios import run
from tests.simulation.stored import ExecutionRecords
from tests.simulation.stories.people import answer
from tests.simulation.stories.story import having
from tests.workflow.laptop import fleet, plan, servers, wave

FIRST, SECOND = servers(0, 2)
_PROBE = {"type": "http", "port": 8080, "path": "/health", "expectStatus": 200}
_CHECK = {"ssmAgent": True, "probe": _PROBE}
_LAPSES = {"role": "Owner", "timeoutMinutes": 30, "onTimeout": "APPROVE"}


@cache
def sound_gates() -> Evidence:
    """Return the evidence of a drill whose first wave was found well, whose second was approved by
    nobody, as its plan says, and whose third by somebody.
    """
    gated = plan(
        "gated",
        having(wave("db", servers(0, 2)), healthCheck=_CHECK),
        having(wave("app", servers(2, 1), "db"), approval=_LAPSES),
        having(wave("web", servers(3, 1), "app"), approval={"role": "Owner"}),
    )
    return run(gated, fleet(4), people=[answer("web", "APPROVE")]).evidence


def ended(moment: Callable[[datetime], datetime]) -> Change:
    """Return what lets the end of each instance begin at some moment after its launch."""
    return lambda e: with_instances(e, lambda i: replace(i, shut_down_at=moment(i.launched_at)))


def answered_otherwise(
    change: Callable[[HealthAnswer], HealthAnswer], checks: Iterable[str] = ("probe",)
) -> Change:
    """Return what lets some checks be answered otherwise."""
    return lambda e: replace(
        e, health=tuple(change(each) if each.check in checks else each for each in e.health)
    )


def failed(*checks: str) -> Change:
    """Return what lets nobody ever pass some checks."""
    return answered_otherwise(lambda each: replace(each, passed=False), checks)


def asked_otherwise(**members: object) -> Change:
    """Return what lets probers be asked otherwise, and find everybody well."""

    def change(answer: HealthAnswer) -> HealthAnswer:
        assert answer.request is not None
        return replace(answer, request=answer.request.changed(**members))

    return answered_otherwise(change)


def sick(percent: int, *ids: str, **of_wave: object) -> Change:
    """Return what lets these servers be launched only, in a first wave that asks for a share."""

    def fall_ill(records: ExecutionRecords) -> None:
        records.waves["db"].update(of_wave)
        records.waves["db"]["healthCheck"].update(healthyPercent=percent)
        for each in ids:
            records.servers[each].update(verdict="LAUNCHED")

    return lambda evidence: with_records(evidence, fall_ill)


def decided(**members: object) -> Change:
    """Return what lets the answers to both approvals have other members."""
    return lambda e: with_records(e, lambda r: [each.update(members) for each in r.decisions])


def later(text: str, minutes: float) -> str:
    """Return the time so many minutes later."""
    return (datetime.fromisoformat(text) + timedelta(minutes=minutes)).isoformat()
