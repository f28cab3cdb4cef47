"""A person's answer whose request died before it had done everything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.execution import ExecutionStatus
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.cases.test_quick_answers import one_wave_that_asks
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.stories.story import failing
from tests.simulation.strikes import RequestDied
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet

_LOST_ONCE = failing(attempts=(1,))
# The reconciler looks every two minutes.
_SOON = timedelta(minutes=3)


def _retry(
    dies: Callable[[VirtualWorld, str], bool], seen: Callable[[VirtualWorld, str], bool]
) -> None:
    """Let the request that answers RETRY die when `dies` says so; soon after it must be `seen`."""
    with VirtualWorld(fleet(2), faults=_LOST_ONCE()) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, one_wave_that_asks())
        deaths: list[Call] = []

        def die(call: Call) -> None:
            if call.caller == "request" and not deaths and dies(world, id_):
                deaths.append(call)
                raise RequestDied

        def answer(use: Orchestrator) -> None:
            with suppress(RequestDied):
                use.decide(id_, "db", attempt=1, choice=Choice.RETRY, reason=None, actor="somebody")

        (run,) = world.interpreter.executions.values()
        world.until(lambda: bool(run.children) and "Wait for decision" in run.children[0].states)
        world.until_time(world.schedule.now() + timedelta(minutes=3))
        world.calls.after = die
        world.at(0, answer)
        world.until(lambda: bool(deaths))
        end = world.schedule.now() + _SOON
        world.until(lambda: seen(world, id_) or world.schedule.now() > end)
        assert seen(world, id_)
        world.until(lambda: not run.is_running)
        watch.at_the_end()


def _attempt(world: VirtualWorld, id_: str) -> int:
    return int(collect(world).executions[id_].waves["db"]["attempt"])


def test_an_answer_on_record_is_carried_out_within_minutes() -> None:
    _retry(
        dies=lambda world, id_: bool(collect(world).executions[id_].decisions),
        seen=lambda world, id_: _attempt(world, id_) == 2,
    )


def test_the_list_of_executions_does_not_go_on_saying_that_somebody_is_asked() -> None:
    _retry(
        dies=lambda world, id_: _attempt(world, id_) == 2,
        seen=lambda world, _: _listed(world) is ExecutionStatus.RUNNING,
    )


def test_the_execution_itself_says_at_once_that_nobody_is_asked() -> None:
    _retry(
        dies=lambda world, id_: _attempt(world, id_) == 2,
        seen=lambda world, id_: (
            _listed(world) is ExecutionStatus.AWAITING_DECISION
            and world.orchestrator.read_executions.get(id_).status is ExecutionStatus.RUNNING
        ),
    )


def _listed(world: VirtualWorld) -> ExecutionStatus:
    (one,) = world.orchestrator.read_executions.page(None, 10, None).items
    return one.status
