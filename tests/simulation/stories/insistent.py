"""People who insist: they ask again when nothing came back, and look what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps
from typing import Any

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.errors import Conflict, InvalidPlan, Unavailable
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, RecoveryPlanDocument
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import Person
from tests.simulation.strikes import RequestDied

Json = dict[str, Any]
_TRIES = 8
# Every half a minute for an hour: by then the reconciler has ended what has no workflow.
_LOOKS_FOR_A_START = 120
_PEOPLE_WAIT_SECONDS = 30.0


class Insistent(Person):
    """A person who asks again when nothing came back, and knows that "done already" is done."""

    def until(self, condition: Callable[[Json], bool]) -> Json:
        """Look every half a minute, which is often enough for everything that a story waits for."""
        while not condition(execution := self.read()):
            self.rest(_PEOPLE_WAIT_SECONDS)
        return execution

    def pause(self) -> None:
        """Pause the execution."""
        self._insist(super().pause)

    def resume(self) -> None:
        """Resume it."""
        self._insist(super().resume)

    def cancel(self) -> None:
        """Cancel it."""
        self._insist(super().cancel)

    def clean_up(self) -> None:
        """Ask for its clean-up."""
        self._insist(super().clean_up)

    def decide(self, wave: str, choice: str, attempt: int = 1, reason: str | None = None) -> None:
        """Answer the question of a wave."""
        decide = super().decide
        self._insist(lambda: decide(wave, choice, attempt, reason))

    def _insist(self, ask: Callable[[], object]) -> None:
        """Ask until something comes back. That it is refused when asked again says that it is done
        already, or came too late: either way they go on to what they wait for.
        """
        for tries in range(_TRIES):
            try:
                ask()
            except (RequestDied, Unavailable):
                self.rest(_PEOPLE_WAIT_SECONDS)
            except Conflict:
                if tries == 0:
                    raise
                return
            else:
                return
        ask()


def insisting(act: Callable[[Person], object]) -> Callable[[Person], object]:
    """Return what the same person does who insists."""

    @wraps(act)
    def insist(person: Person) -> None:
        act(Insistent(person.world, person.execution_id))

    return insist


def start_insisting(
    world: VirtualWorld, plan: Json, execution_type: str, back: timedelta | None = None
) -> str:
    """Create a plan and start it as a person does who looks whether it has begun.

    `back`: how far before now the point in time is that is asked for; None for the latest.
    """
    document = RecoveryPlanDocument.model_validate(plan)
    moment = None if back is None else world.schedule.now() - back
    created = _apply(world, document)
    while True:
        try:
            return world.do(
                lambda use: use.start_execution(
                    created, ExecutionType(execution_type), actor="somebody", point_in_time=moment
                )
            ).execution_id
        except (RequestDied, Unavailable, Conflict):
            begun = _begun(world)
            if begun is not None:
                return begun


def _apply(world: VirtualWorld, document: RecoveryPlanDocument) -> str:
    """Create the plan, or replace what a try that died has left of it, as `drsctl plan apply`."""
    for _ in range(_TRIES):
        # A place that gives no answer is a fault of the plan, too: it is out of reach.
        with suppress(RequestDied, Unavailable, InvalidPlan):
            plans = world.do(lambda use: use.recovery_plans.page(100)).items
            known = next((each.plan_id for each in plans if each.name == document.name), None)
            plan = world.do(partial(_write, document=document, known=known))
            return str(plan.plan_id)
    raise AssertionError(f"the plan {document.name} could not be created")


def _write(use: Orchestrator, document: RecoveryPlanDocument, known: str | None) -> RecoveryPlan:
    if known is None:
        return use.recovery_plans.create(document)
    return use.recovery_plans.replace(known, document, None)


def _begun(world: VirtualWorld) -> str | None:
    """Return the execution that goes on after all; None once every header has its verdict."""
    for _ in range(_LOOKS_FOR_A_START):
        evidence = collect(world)
        open_ones = [name for name, each in evidence.executions.items() if not each.is_final]
        if any(name in evidence.runs for name in evidence.executions):
            return next(name for name in evidence.executions if name in evidence.runs)
        if not open_ones:
            return None
        world.until_time(world.schedule.now() + timedelta(seconds=_PEOPLE_WAIT_SECONDS))
    raise AssertionError(f"{open_ones[0]} has no workflow, and nobody ends it")
