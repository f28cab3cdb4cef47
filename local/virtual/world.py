"""A whole AWS in virtual time: the shipped workflow, the shipped handlers, and what they call.

Everything happens in one thread, in the order of simulated time, and one seed has one history. What
drives a world makes it step by step; the product's use cases are at hand as its API uses them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Self, TypeVar
from wsgiref.types import WSGIApplication

from drs_orchestrator import bootstrap
from drs_orchestrator.bootstrap.orchestrator import Orchestrator, orchestrator
from local.assembly import assembly_directory
from local.deployment import Deployment, Json
from local.drs import Behaviour, Faults, Simulator
from local.drs.state import Scope
from local.faults_file import FaultsFile
from local.function_directory import FunctionDirectory
from local.functions import Invocation, Invoker, call_handler
from local.protocols.endpoint import Setting
from local.simulated_aws import SimulatedAws
from local.template import Template
from local.virtual.calls import Calls
from local.virtual.clocks import Clocks
from local.virtual.counted_items import CountedItems
from local.virtual.deliveries import Deliveries, Heartbeat, LaunchResults
from local.virtual.functions import VirtualLambdaApi, VirtualRuntime, short_name
from local.virtual.in_process import InProcessAws
from local.virtual.interpreter import Interpreter
from local.virtual.items import Item, MemoryItems
from local.virtual.lagging_index import LaggingIndex
from local.virtual.latencies import Latencies
from local.virtual.names import SeededNames
from local.virtual.processes import Schedule
from local.virtual.results import Invoked
from local.virtual.step_functions import StepFunctions
from local.virtual.surroundings import inhabited

T = TypeVar("T")


class NothingHappens(Exception):
    """Nothing is left to happen, and what was waited for has not."""


@cache
def deployment_of(account_id: str, region: str) -> Deployment:
    """Return what the synthesized templates deploy into an account and Region."""
    return Template.load(assembly_directory()).resolve(account_id, region)


@contextmanager
def _noting(invocation: Invocation, own: list[BaseException]) -> Iterator[None]:
    """Stand around the work of a handler, and note in `own` what it raises."""
    try:
        with invocation.working():
            yield
    except BaseException as error:
        own.append(error)
        raise


class VirtualWorld:
    """One deployment beside one simulated DRS; use it as a context manager.

    `inventory` is parsed JSON as `aws drs describe-source-servers` prints it; account and Region of
    its first server are the product's own. `invoker` stands around every call of a handler.
    `aws` holds the services around DRS, with their faults and truths, `calls` every call that left
    the product, and `interpreter` the executions of Step Functions. `clocks` are all right until
    they are set ahead. `after_step` may be set: it is called whenever something has happened,
    whoever drives the world.
    """

    def __init__(
        self,
        inventory: Mapping[str, Any],
        *,
        seed: int = 0,
        faults: Faults | None = None,
        other_faults: FaultsFile | None = None,
        latencies: Latencies | None = None,
        behaviour: Behaviour | None = None,
        invoker: Invoker = call_handler,
        deployment: Deployment | None = None,
    ) -> None:
        self.seed = seed
        self.schedule = Schedule()
        self.clocks = Clocks(self.schedule)
        self.latencies = latencies or Latencies()
        chance = random.Random(f"world:{seed}")
        self.simulator = Simulator(
            self.schedule,
            seed=seed,
            faults=faults,
            behaviour=behaviour,
            account_of=self._account_of,
        )
        self.simulator.load_inventory(inventory)
        home = Scope(*self.simulator.home)
        self.deployment = deployment or deployment_of(*home)
        self.aws = SimulatedAws(
            self.simulator, self.schedule, other_faults or FaultsFile(), seed=seed
        )
        self.calls = Calls(self.schedule, self.latencies, chance)
        self.runtime = VirtualRuntime(
            self.deployment.functions,
            self.schedule,
            self.latencies,
            chance,
            self._labelled(invoker),
            seed=seed,
        )
        directory = FunctionDirectory(self.runtime, home, self.aws.other_functions)
        self.interpreter = Interpreter(
            _definitions(self.deployment),
            self.schedule,
            self._invoke,
            chance,
            self.latencies,
            self.aws.execution_changed,
        )
        setting = Setting(self.schedule, home, account_of=self.aws.sts.account_of, seed=seed)
        self.step_functions = StepFunctions(self.interpreter, setting)
        applications: dict[str, WSGIApplication] = {
            **self.aws.applications,
            "lambda": VirtualLambdaApi(directory, self.schedule, self.aws.sts.account_of),
            "states": self.step_functions,
        }
        self._sessions = InProcessAws(applications, self.calls)
        self.tables = {table.name: self._table() for table in self.deployment.tables}
        self.aws.connect(
            Deliveries(self.schedule, directory, self.interpreter).deliver, self.deployment
        )
        self._heartbeats = self._hearts()
        self.after_step: Callable[[], None] = lambda: None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        world = bootstrap.World(
            clock=self.clocks,
            serves=Orchestrator,
            names=SeededNames(self.schedule, self.seed),
            make_session=self._sessions.make_session,
            items=self.tables.__getitem__,
        )
        with ExitStack() as stack:
            stack.enter_context(inhabited(self.deployment, world, self.schedule, self.seed))
            stack.callback(self.schedule.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def orchestrator(self) -> Orchestrator:
        """The product's use cases; only inside `do`, `at` or a handler their calls take time."""
        return orchestrator()

    def step(self) -> bool:
        """Let the next thing happen; return False if nothing is left."""
        happened = self.schedule.step()
        for heartbeat in self._heartbeats:
            heartbeat.look()
        self.after_step()
        return happened

    def do(self, use_case: Callable[[Orchestrator], T]) -> T:
        """Carry out a use case as a request now, let time pass, and return what it returns."""
        results: list[T] = []
        errors: list[Exception] = []
        self.at(0, lambda orchestrator: results.append(use_case(orchestrator)), errors.append)
        self.until(lambda: bool(results or errors))
        if errors:
            raise errors[0]
        return results[0]

    def at(
        self,
        seconds: float,
        use_case: Callable[[Orchestrator], object],
        refused: Callable[[Exception], object] | None = None,
    ) -> None:
        """Carry out a use case in so many seconds; its error goes to `refused`, else to `step`."""

        def request() -> None:
            try:
                use_case(self.orchestrator)
            except Exception as error:
                if refused is None:
                    raise
                refused(error)

        self.schedule.spawn(request, "request", seconds)

    def until(self, condition: Callable[[], bool]) -> None:
        """Step until the condition holds; raises NothingHappens if it never will."""
        while not condition():
            if not self.step():
                raise NothingHappens(f"at {self.schedule.now()} nothing is left to happen")

    def until_time(self, moment: datetime) -> None:
        """Let everything happen that happens until `moment`."""
        reached: list[bool] = []
        self.schedule.at(moment, lambda: reached.append(True))
        self.until(lambda: bool(reached))

    def _account_of(self, access_key: str) -> str:
        return self.aws.sts.drs_account_of(access_key)

    def _invoke(self, function_arn: str, payload: bytes, done: Callable[[Invoked], None]) -> None:
        self.runtime.begin(function_arn, payload, done)

    def _labelled(self, invoker: Invoker) -> Invoker:
        """Let every call of a handler say whose it is, and be struck by what `invoker` does to it.

        What the handler itself raises is no fault of the world's.
        """

        def invoke(invocation: Invocation) -> Json:
            process, event = self.schedule.current, invocation.event
            if process is not None and isinstance(event, dict):
                for key in ("executionId", "wave"):
                    if isinstance(event.get(key), str):
                        process.labels[key] = event[key]
            own: list[BaseException] = []
            try:
                return invoker(replace(invocation, working=partial(_noting, invocation, own)))
            except BaseException as error:
                if error not in own:
                    self.calls.strike(short_name(invocation.function))
                raise

        return invoke

    def _table(self) -> CountedItems:
        schedule = self.schedule
        index = LaggingIndex[Item](self.latencies.index_lag, lambda: schedule.elapsed_seconds)
        return CountedItems(MemoryItems(index), self.calls)

    def _hearts(self) -> list[Heartbeat]:
        """Return what drives events and schedules; DRS's events only if somebody listens."""
        hearts = [Heartbeat(self.schedule, self.aws.scheduler)]
        if self.deployment.rules:
            events = self.aws.drs_events
            results = LaunchResults(
                self.simulator.changed, self.simulator.next_end, events.next_at, events.tick
            )
            hearts.append(Heartbeat(self.schedule, results))
            hearts.append(Heartbeat(self.schedule, self.aws.event_bus))
        return hearts


def _definitions(deployment: Deployment) -> dict[str, str]:
    def arn(name: str, role_arn: str) -> str:
        place = f"{deployment.region}:{deployment.account_id}"
        return f"arn:{role_arn.split(':')[1]}:states:{place}:stateMachine:{name}"

    return {arn(each.name, each.role_arn): each.definition for each in deployment.state_machines}
