"""A drill that has ended and is to be cleaned up, in a watched world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from drs_orchestrator.domain.execution_view import ExecutionView
from local.events.bus import EventBusFaults
from local.functions import Invoker, call_handler
from local.virtual.calls import Call
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.simulation.strikes import RequestDied
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave


@contextmanager
def drilled(
    *,
    loud: bool = True,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    invoker: Invoker = call_handler,
) -> Iterator[tuple[VirtualWorld, str]]:
    """Yield a watched world in which a drill of three servers has ended and nothing is looked
    after any more; `loud`: events arrive; `settings` of its plan; `invoker`: calls functions.
    """
    with VirtualWorld(fleet(3), seed=seed, invoker=invoker) as world:
        world.aws.event_bus.faults = EventBusFaults(lost_share=0.0 if loud else 1.0)
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, {**plan("one", wave("db", servers(0, 3))), **(settings or {})})
        world.until(lambda: not any(r.is_running for r in world.interpreter.executions.values()))
        world.until(lambda: f"reconcile-{id_}" not in schedules(world))
        yield world, id_
        world.until(lambda: not schedules(world))
        watch.at_the_end()


def schedules(world: VirtualWorld) -> list[str]:
    return list(world.aws.scheduler.truth(*world.simulator.home))


def ask(world: VirtualWorld, execution_id: str) -> None:
    world.do(lambda use: use.start_clean_up(execution_id, "somebody"))


def ask_in_vain(world: VirtualWorld, execution_id: str) -> None:
    """Ask, but die before the clean-up's workflow is started."""

    def die(call: Call) -> None:
        if call.operation == "StartExecution":
            raise RequestDied

    world.calls.before = die
    with pytest.raises(RequestDied):
        ask(world, execution_id)
    world.calls.before = lambda _: None


def workflow(world: VirtualWorld, number: int = -1) -> Run:
    """Return a clean-up's workflow: the last one, or by its number."""
    runs = [r for r in world.interpreter.executions.values() if ":drs-orchestrator-clean" in r.arn]
    return runs[number]


def until_terminating(world: VirtualWorld) -> None:
    truth = world.simulator.truth
    world.until(lambda: any(j.kind == "TERMINATE" for j in truth(*world.simulator.home).jobs))


def until_written(world: VirtualWorld, execution_id: str) -> ExecutionView:
    """Return the execution as soon as its clean-up does not say RUNNING."""
    world.until(lambda: status(world, execution_id) not in {None, "RUNNING"})
    return world.orchestrator.read_executions.get(execution_id)


def status(world: VirtualWorld, execution_id: str) -> str | None:
    clean_up = world.orchestrator.read_executions.get(execution_id).clean_up
    return clean_up.status if clean_up else None


def stop(world: VirtualWorld) -> None:
    world.interpreter.stop(workflow(world).arn, "ByHand", "by mistake")


def ask_here(world: VirtualWorld, execution_id: str) -> None:
    world.orchestrator.start_clean_up(execution_id, "somebody")


def clean_up_runs(world: VirtualWorld) -> list[Run]:
    return [r for r in world.interpreter.executions.values() if "clean-up" in r.arn]


def start_another(world: VirtualWorld, execution_id: str, name: str = "by-hand") -> Run:
    """Start a clean-up in Step Functions itself, as a schedule does, or somebody in the console."""
    home = world.deployment
    (machine,) = [m.name for m in home.state_machines if m.name.endswith("-clean-up")]
    arn = f"arn:aws:states:{home.region}:{home.account_id}:stateMachine:{machine}"
    return world.interpreter.start(arn, name, {"executionId": execution_id})
