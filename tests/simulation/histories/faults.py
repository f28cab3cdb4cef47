"""What goes wrong in a random history: DRS, the services around it, documents, servers."""

from __future__ import annotations

import random
from dataclasses import replace

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
from local.ec2 import Ec2Faults
from local.events import DrsEventFaults, EventBusFaults
from local.faults_file import FaultsFile
from local.ssm import SsmFaults
from local.sts import StsFaults
from tests.simulation.histories.actions import draw_documents, draw_functions
from tests.workflow.laptop import server_id

_CALLS = ("StartRecovery", "DescribeJobs", "DescribeRecoveryInstances", "DescribeSourceServers")
_CALLS_OF_AUTOMATION = ("StartAutomationExecution", "GetAutomationExecution")
_KINDS = [kind for kind in CallFaultKind if kind is not CallFaultKind.ACCESS_DENIED]
# A page for every server costs most where there are many.
_MOST_SERVERS_OF_SMALL_PAGES = 40


def draw_faults(chance: random.Random, size: int) -> Faults:
    """Return what DRS does: up to nine faults; every one ends, or concerns single servers."""
    calls = [
        CallFault(
            chance.choice(_KINDS),
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


def with_faults_of_instances(faults: Faults, chance: random.Random) -> Faults:
    """Return the same, and what DRS does with recovery instances and their terminations.

    They are drawn by themselves, so that a seed has its history otherwise as it was.
    """
    calls = [
        CallFault(
            chance.choice(_KINDS),
            "TerminateRecoveryInstances",
            times=chance.randint(1, 4),
        )
        for _ in range(chance.choice((0, 0, 1)))
    ]
    return replace(
        faults,
        calls=[*faults.calls, *calls],
        instance_visibility_lag_seconds=chance.choice((0, 0, 0, 20, 90)),
        is_drill_left_out=chance.random() < 0.03,
    )


def draw_behaviour(chance: random.Random, size: int) -> Behaviour:
    """Return a DRS that is often faster than the real one.

    A long job is one look after the other with nothing between them; of short ones there are more,
    and more meet, in the same number of looks.
    """
    pace = chance.choice((0.05, 0.05, 0.05, 0.3, 0.3, 1.0))
    paces = {server_id(number): pace for number in range(size)}
    page_size = chance.choice((1, 2, 100))
    if size > _MOST_SERVERS_OF_SMALL_PAGES:
        return Behaviour(paces=paces)
    return Behaviour(paces=paces, page_size=page_size)


def draw_other_faults(chance: random.Random, size: int) -> FaultsFile:
    """Return what services around DRS do; it ends, too, or concerns single servers.

    Schedules are made: of an execution without one the product promises no more than it says in
    `reconcilerProblem`, and then no time in which anything is noticed could be held.
    """
    return FaultsFile(
        documents=draw_documents(chance),
        functions=draw_functions(chance),
        ssm=SsmFaults(calls=_failing_automation(chance)),
        ec2=_draw_health(chance, size),
        events=EventBusFaults(lost_share=chance.choice((0.0, 0.5, 1.0))),
        drs_events=DrsEventFaults(
            lost_share=chance.choice((0.0, 1.0)), duplicated_share=chance.choice((0.0, 0.5))
        ),
        sts=StsFaults(calls=_refused_roles(chance)),
    )


def _draw_health(chance: random.Random, size: int) -> Ec2Faults:
    """Return servers whose status checks fail, or have no result; only some waves look at them."""
    sick = {server_id(chance.randrange(size)) for _ in range(chance.choice((0, 1, 3)))}
    unknown = {server_id(chance.randrange(size)) for _ in range(chance.choice((0, 0, 0, 1)))}
    throttles = [CallFault(CallFaultKind.THROTTLE, seconds=chance.choice((60.0, 600.0)))]
    return Ec2Faults(
        calls=throttles if chance.random() < 0.1 else [],
        instance_impaired=frozenset(sick),
        never_checked=frozenset(unknown),
    )


def _failing_automation(chance: random.Random) -> list[CallFault]:
    if chance.random() < 0.7:
        return []
    kind = chance.choice(
        (CallFaultKind.THROTTLE, CallFaultKind.LOST_REQUEST, CallFaultKind.LOST_ANSWER)
    )
    return [CallFault(kind, chance.choice(_CALLS_OF_AUTOMATION), times=chance.randint(1, 4))]


def _refused_roles(chance: random.Random) -> list[CallFault]:
    """Return faults that keep other accounts out of reach for a few calls."""
    if chance.random() < 0.8:
        return []
    return [CallFault(CallFaultKind.ACCESS_DENIED, "AssumeRole", times=chance.randint(1, 4))]
