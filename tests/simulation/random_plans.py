"""What a random history begins with: servers in several places, plans over them, and faults."""

from __future__ import annotations

import random
from typing import Any

from drs_orchestrator.domain.server import Place
from local.drs import (
    Behaviour,
    CallFault,
    CallFaultKind,
    Faults,
    Quotas,
    ServerFault,
    ServerFaultKind,
)
from local.drs.faults import Phase
from local.events import DrsEventFaults, EventBusFaults
from local.faults_file import FaultsFile
from local.sts import StsFaults
from tests.workflow.accounts import OWN, PLACES
from tests.workflow.laptop import estates, fleet, plan, server_id, servers, wave

Json = dict[str, Any]
# Shares of all histories: most have 30 servers at most.
_LARGE_SHARE, _HUGE_SHARE = 0.015, 0.001
_SPREAD_SHARE = 0.3
_CALLS = ("StartRecovery", "DescribeJobs", "DescribeRecoveryInstances", "DescribeSourceServers")


def draw_sizes(chance: random.Random) -> dict[Place, int]:
    """Return how many servers there are in each place; the product's own place comes first."""
    kind = chance.random()
    if kind < _HUGE_SHARE:
        return {OWN: chance.randint(1000, 3000)}
    if kind < _LARGE_SHARE:
        return {OWN: chance.randint(200, 600)}
    places = chance.sample(PLACES[1:], chance.randint(1, 3))
    more = places if chance.random() < _SPREAD_SHARE else []
    # As many of 1-5 servers as of 6-30: what goes wrong with thirty mostly does with three, sooner.
    return {OWN: round(30 ** chance.random()), **{each: chance.randint(1, 10) for each in more}}


def draw_inventory(sizes: dict[Place, int]) -> Json:
    """Return the servers, numbered through all places."""
    firsts = _firsts(sizes)
    return estates(
        *(
            fleet(size, first=firsts[at], account=at.account_id, region=at.region)
            for at, size in sizes.items()
        )
    )


def draw_plan(chance: random.Random, sizes: dict[Place, int], number: int) -> Json:
    """Return a plan over some of the servers; two plans may share some."""
    waves: list[tuple[Json, Json]] = []
    for place, first in _firsts(sizes).items():
        _add_waves(chance, waves, place, first, sizes[place], number)
    return {**plan(f"random-{number}", *waves), **_tidiness(chance)}


def _add_waves(
    chance: random.Random,
    waves: list[tuple[Json, Json]],
    place: Place,
    first: int,
    size: int,
    number: int,
) -> None:
    """Add waves of one place, which may depend on any before them."""
    skipped = 0 if chance.random() < 0.5 else chance.randrange(size)
    at, left, here = first + skipped, size - skipped, 0
    while left and len(waves) < 12 and (here == 0 or chance.random() < 0.8):
        count = chance.randint(1, max(1, left // 2))
        names = [each["name"] for _, each in waves]
        depends = chance.sample(names, chance.randint(0, min(2, len(names))))
        group, of_wave = wave(f"w{len(waves)}", servers(at, count), *depends)
        group |= {
            "name": f"g{number}-{of_wave['name']}",
            "accountId": place.account_id,
            "region": place.region,
        }
        of_wave["protectionGroups"] = [group["name"]]
        waves.append((group, {**of_wave, **_manners(chance)}))
        at, left, here = at + count, left - count, here + 1


def _firsts(sizes: dict[Place, int]) -> dict[Place, int]:
    """Return the number of the first server of each place."""
    firsts, first = {}, 0
    for place, size in sizes.items():
        firsts[place] = first
        first += size
    return firsts


def _manners(chance: random.Random) -> Json:
    manners: Json = {
        "onFailure": chance.choice(("ASK", "CONTINUE", "STOP")),
        "successPolicy": chance.choice(("ALL", {"minimumPercent": chance.choice((1, 50, 100))})),
        "deadlineMinutes": chance.choice((30, 90)),
    }
    if chance.random() < 0.15:
        manners["approval"] = {"role": "Owner"}
    if chance.random() < 0.2:
        manners["preActions"] = [{"name": "stop", "type": "ssm", "documentName": "Do-stop"}]
    if chance.random() < 0.2:
        manners["healthCheck"] = {"ec2Status": True, "deadlineMinutes": 10}
    return manners


def _tidiness(chance: random.Random) -> Json:
    return {"cleanUpAfterMinutes": 30} if chance.random() < 0.3 else {}


def draw_faults(chance: random.Random, size: int) -> Faults:
    """Return up to eight faults; every one ends, or concerns single servers."""
    calls = [
        CallFault(
            chance.choice([k for k in CallFaultKind if k is not CallFaultKind.ACCESS_DENIED]),
            chance.choice(_CALLS),
            times=chance.randint(1, 6),
            share=chance.choice((0.2, 1.0)),
        )
        for _ in range(chance.randint(0, 3))
    ]
    hit = [
        ServerFault(
            server_id(chance.randrange(size)),
            chance.choice(list(ServerFaultKind)),
            attempts=chance.choice((None, (1,))),
            phase=chance.choice((Phase.CONVERSION, Phase.LAUNCH)),
            seconds=chance.choice((600.0, 6000.0)),
        )
        for _ in range(chance.randint(0, 3))
    ]
    return Faults(
        calls=calls,
        servers=hit,
        quotas=chance.choice((Quotas(), Quotas(), Quotas(2, 5, 8))),
        job_visibility_lag_seconds=chance.choice((0, 0, 20, 90)),
        lock_release_lag_seconds=chance.choice((0, 0, 30)),
    )


def draw_behaviour(chance: random.Random, size: int) -> Behaviour:
    """Return a DRS that is often faster than the real one.

    A long job is one look after the other with nothing between them; of short ones there are more,
    and more meet, in the same number of looks.
    """
    pace = chance.choice((0.05, 0.05, 0.3, 1.0))
    return Behaviour(paces={server_id(number): pace for number in range(size)})


def draw_other_faults(chance: random.Random) -> FaultsFile:
    return FaultsFile(
        events=EventBusFaults(lost_share=chance.choice((0.0, 0.5, 1.0))),
        drs_events=DrsEventFaults(
            lost_share=chance.choice((0.0, 1.0)), duplicated_share=chance.choice((0.0, 0.5))
        ),
        sts=StsFaults(calls=_refused_roles(chance)),
    )


def _refused_roles(chance: random.Random) -> list[CallFault]:
    """Return faults that keep other accounts out of reach for a few calls."""
    if chance.random() < 0.8:
        return []
    return [CallFault(CallFaultKind.ACCESS_DENIED, "AssumeRole", times=chance.randint(1, 4))]
