"""Step Functions loses the connection to a Prepare that goes on, and its repetition is faster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from drs_orchestrator.domain.errors import OrchestratorError
from local.functions import Invocation, Invoker, call_handler
from local.virtual.calls import Call, FunctionEnded
from local.virtual.functions import short_name
from local.virtual.world import VirtualWorld
from tests.simulation.cases.outdated import Outdated
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, servers, wave

_PREPARES = "PrepareExecutionFunction"


class _Connections:
    """The first invocation dies half-way; the connection to the second is lost, and it rests at a
    look at DRS until it is let go on; the third prepares the execution.
    """

    def __init__(self) -> None:
        self.may_go_on = False
        self.rests = False
        self.has_ended = False
        self._invocations = 0

    def invoker(self, world: Callable[[], VirtualWorld]) -> Invoker:
        """Return what invokes the functions of the world."""

        def invoke(invocation: Invocation) -> object:
            if short_name(invocation.function) != _PREPARES:
                return call_handler(invocation)
            self._invocations += 1
            if self._invocations != 2:
                return call_handler(invocation)
            world().schedule.spawn(lambda: self._go_on(invocation), "outdated")
            while not self.rests:
                world().schedule.sleep(0.1)
            raise FunctionEnded("Lambda.SdkClientException", "connection closed")

        return invoke

    def hold(self, world: VirtualWorld, meanwhile: Callable[[], None]) -> Callable[[Call], None]:
        """Return the hook that lets them die and rest; `meanwhile` is done during the rest."""

        def before(call: Call) -> None:
            if call.operation != "DescribeRecoveryInstances":
                return
            if call.caller == _PREPARES and self._invocations == 1:
                raise FunctionEnded
            if call.caller == "outdated" and not self.rests:
                world.schedule.spawn(meanwhile, "somebody")
                world.schedule.sleep(1)
                self.rests = True
                while not self.may_go_on:
                    world.schedule.sleep(0.1)

        return before

    def _go_on(self, invocation: Invocation) -> None:
        with suppress(OrchestratorError):
            call_handler(invocation)
        self.has_ended = True


def test_it_gives_back_nothing_that_the_newer_one_has_locked() -> None:
    connections = _Connections()
    with VirtualWorld(fleet(3), invoker=connections.invoker(lambda: world)) as world:
        watch = Watch(world)
        world.after_step = watch.look

        def add_a_server() -> None:
            groups = world.orchestrator.protection_groups
            (group,) = groups.page(10).items
            wanted = group.spec.changed(source_server_ids=servers(0, 3))
            groups.replace(group.group_id, wanted, None)

        world.calls.before = connections.hold(world, add_a_server)
        id_ = start(world, plan("shop", wave("only", servers(0, 2))))
        world.until(lambda: world.orchestrator.read_executions.get(id_).status == "RUNNING")
        before = dict(collect(world).locks)
        connections.may_go_on = True
        world.until(lambda: connections.has_ended)

        assert len(before) == 3
        assert collect(world).locks == before


def test_it_writes_nothing_once_the_execution_is_being_ended() -> None:
    """The first try dies when waves are on record, the third cannot be carried out at all. So the
    waves are FAILED; at that moment the second goes on.
    """
    second = Outdated(_PREPARES, "DescribeRecoveryInstances")
    tries: list[Invocation] = []

    def invoke(invocation: Invocation) -> object:
        if short_name(invocation.function) != _PREPARES:
            return call_handler(invocation)
        tries.append(invocation)
        match len(tries):
            case 1:
                return call_handler(invocation)
            case 2:
                return second(invocation)
            case _:
                raise FunctionEnded("KeyError", "a slip")

    def after(call: Call) -> None:
        waves = [w for each in collect(world).executions.values() for w in each.waves.values()]
        if call.caller == _PREPARES and len(tries) == 1 and waves:
            raise FunctionEnded
        is_ending = call.caller == "FinishExecutionFunction" and not second.has_gone_on
        if is_ending and any(each["status"] == "FAILED" for each in waves):
            second.let_go()

    with VirtualWorld(fleet(2), invoker=invoke) as world:
        world.after_step = Watch(world).look
        second.watch(world)
        world.calls.after = after
        id_ = start(world, plan("shop", wave("only", servers(0, 2))))
        world.until(lambda: world.orchestrator.read_executions.get(id_).status == "FAILED")
        ended = world.orchestrator.read_executions.get(id_)

        assert second.has_gone_on
        assert [each.status for each in ended.waves] == ["FAILED"]
        assert collect(world).locks == {}
