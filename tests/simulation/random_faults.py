"""What goes wrong in a random history: DRS, its events, the way into other accounts, servers."""

from __future__ import annotations

import random

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
from tests.workflow.laptop import server_id

_CALLS = ("StartRecovery", "DescribeJobs", "DescribeRecoveryInstances", "DescribeSourceServers")


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
    pace = chance.choice((0.05, 0.05, 0.05, 0.3, 0.3, 1.0))
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
