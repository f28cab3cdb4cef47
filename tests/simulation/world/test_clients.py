"""Clients: no function makes one that it does not call, for each costs a cold start its time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import boto3
import botocore.session
import pytest

from drs_orchestrator import bootstrap
from local.functions import Invocation, call_handler
from local.virtual.calls import Call
from local.virtual.in_process import SIGNED_AS
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import run, start
from tests.simulation.stories import STORIES

Json = dict[str, Any]
_HEALTHY = STORIES["healthy"]
_ASKED_OF_EC2 = [{**wave, "healthCheck": {"ec2Status": True}} for wave in _HEALTHY.plan["waves"]]
_TOLD = {
    **{name: STORIES[name] for name in ("acts", "healthy", "approved", "two-regions", "tidied")},
    "healthy by EC2 alone": replace(_HEALTHY, plan={**_HEALTHY.plan, "waves": _ASKED_OF_EC2}),
}


class Clients:
    """The services that processes made clients for and called, in a world of cold starts."""

    def __init__(self) -> None:
        self.made: defaultdict[Process | None, set[str]] = defaultdict(set)
        self.called: defaultdict[Process | None, set[str]] = defaultdict(set)

    @staticmethod
    def start_cold(invocation: Invocation) -> Any:  # noqa: ANN401 - as the handler returns it
        """Call a handler as the first call of its process."""
        bootstrap.forget()
        return call_handler(invocation)

    def watch(self, world: VirtualWorld, plan: Json, execution_type: str) -> str:
        """Start an execution in a world where no function shares its clients with another."""
        surroundings = bootstrap.world
        surroundings.serves = None
        make_session = surroundings.make_session

        def note_made(event_name: str, **_more: object) -> None:
            service_id = event_name.partition(".")[2]
            self.made[world.schedule.current].add(SIGNED_AS.get(service_id, service_id))

        def note_called(call: Call) -> None:
            self.called[world.schedule.current].add(call.service)

        def make_watched(**arguments: Any) -> boto3.Session:  # noqa: ANN401 - as boto3
            # With a core of its own, for a kept session may have made its clients long ago.
            core = arguments.pop("botocore_session", None) or botocore.session.Session()
            session = make_session(**arguments, botocore_session=core)
            session.events.register("creating-client-class", note_made)
            return session

        surroundings.make_session = make_watched
        world.calls.before = note_called
        return start(world, plan, execution_type)


@pytest.mark.parametrize("name", _TOLD)
def test_nobody_makes_a_client_that_is_not_called(name: str) -> None:
    story, clients = _TOLD[name], Clients()
    run(
        story.plan,
        story.inventory,
        seed=story.seed,
        execution_type=story.execution_type,
        people=story.people,
        begin=clients.watch,
        faults=story.faults(),
        other_faults=story.others(),
        behaviour=story.behaviour,
        invoker=clients.start_cold,
    )
    assert {"CheckRecoveryFunction", "StartRecoveryFunction"} <= {
        each.name for each in clients.made if each
    }
    unused = {
        (process.name if process else "the world", service)
        for process, made in clients.made.items()
        for service in made - clients.called[process]
    }
    assert unused == set()
