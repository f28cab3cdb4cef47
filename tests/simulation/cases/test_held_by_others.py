"""A job of somebody else holds a server for hours: its launch waits, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.drs import Faults, Quotas, ServerFault, ServerFaultKind
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, run, start
from tests.workflow.laptop import ACCOUNT, REGION, fleet, plan, server_id, servers, wave

_STUCK = ServerFault(server_id(0), ServerFaultKind.STUCK, seconds=8 * 3600.0, attempts=(1,))
_HELD = "the wave ended before its turn: waits for job "


def test_what_a_wave_that_was_skipped_held_is_free_for_another() -> None:
    def skip(person: Person) -> None:
        person.until_asked("held")
        person.decide("held", "SKIP", reason="the console has it")

    group, held = wave("held", servers(0, 1), on_failure="ASK")
    outcome = run(
        plan("shop", (group, {**held, "deadlineMinutes": 15}), wave("other", servers(1, 1))),
        fleet(2),
        people=[skip],
        patience=timedelta(hours=2),
        begin=_start_beside_a_job_of_the_console,
        faults=Faults(quotas=Quotas(jobs=2), servers=[_STUCK]),
    )

    assert outcome.waves() == {"held": "SKIPPED", "other": "COMPLETED"}
    reasons = {each["sourceServerId"]: each.get("reason") for each in outcome.execution["servers"]}
    assert reasons[server_id(0)].startswith(_HELD)
    assert len(outcome.truth.jobs) == 2


def _start_beside_a_job_of_the_console(
    world: VirtualWorld, document: dict[str, Any], execution_type: str
) -> str:
    world.simulator.call(
        "StartRecovery",
        {"sourceServers": [{"sourceServerID": server_id(0)}], "isDrill": True},
        account_id=ACCOUNT,
        region=REGION,
    )
    return start(world, document, execution_type)
