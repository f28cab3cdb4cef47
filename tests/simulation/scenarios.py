"""Scenarios in virtual time: a plan, an inventory, a seed, faults, and people who do things.

    outcome = run(plan, fleet(12), seed=7, faults=Faults(...), people=[patient])

    def patient(person: Person) -> None:
        person.until_asked("app")
        person.decide("app", "RETRY")

Who a person is does not matter; what they do happens in simulated time, beside everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.account import AccountSpec
from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import Truth
from local.drs.state import Scope
from local.virtual.chronicle import Counts, chronicle, count
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import Evidence
from tests.simulation.invariants.histories import run_of
from tests.simulation.watch import Watch
from tests.workflow.accounts import EXTERNAL_ID, TARGET

Json = dict[str, Any]
_LOOKS_EVERY_SECONDS = 5.0
LONGEST = timedelta(days=30)
Begin = Callable[[VirtualWorld, Json, str], str]


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to. `execution` is its record as the API shows it, `run` its workflow.

    `chronicle` is the whole history as text. `is_waiting`: it has not ended, for it still waits for
    a person after the time that the scenario gives it.
    """

    execution: Json
    run: Run
    truths: Mapping[Scope, Truth]
    evidence: Evidence
    counts: Counts
    chronicle: str
    simulated_seconds: float
    is_waiting: bool

    @property
    def truth(self) -> Truth:
        """The truth where there is one place only."""
        (truth,) = self.truths.values()
        return truth

    def waves(self) -> dict[str, str]:
        """Return the status of each wave."""
        return {each["name"]: each["status"] for each in self.execution["waves"]}

    def states(self, wave: str) -> list[str]:
        """Return the states that a wave's execution entered."""
        child = run_of(wave, self.run)
        return child.states if child else []


class LeftWaiting(AssertionError):
    """A person never got what he waits for; the message names him, the execution and the seed."""


class Person:
    """Somebody who looks at one execution and acts on it; call from their own process only.

    `actor`: what the product knows them by.
    """

    actor = "somebody"

    def __init__(self, world: VirtualWorld, execution_id: str) -> None:
        self.world = world
        self.execution_id = execution_id

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        self.world.schedule.sleep(seconds)

    def until(self, condition: Callable[[Json], bool]) -> Json:
        """Look at the execution from time to time, and return it as soon as the condition holds."""
        while not condition(execution := self.read()):
            self.rest(_LOOKS_EVERY_SECONDS)
        return execution

    def until_asked(self, wave: str, attempt: int | None = None) -> Json:
        """Return the question of a wave as soon as it asks one, or that one."""

        def question(execution: Json) -> Json:
            waves = {each["name"]: each.get("question") for each in execution["waves"]}
            asked: Json = waves.get(wave) or {}
            return asked if attempt in {None, asked.get("attempt")} else {}

        return question(self.until(lambda execution: bool(question(execution))))

    def read(self) -> Json:
        """Return the execution as the API shows it."""
        return self._use_cases.read_executions.get(self.execution_id).document()

    def pause(self) -> None:
        """Pause the execution."""
        self._use_cases.control_execution.pause(self.execution_id, self.actor)

    def resume(self) -> None:
        """Resume it."""
        self._use_cases.control_execution.resume(self.execution_id)

    def cancel(self) -> None:
        """Cancel it."""
        self._use_cases.control_execution.cancel(self.execution_id, self.actor)

    def clean_up(self) -> None:
        """Ask for its clean-up."""
        self._use_cases.start_clean_up(self.execution_id, self.actor)

    def decide(self, wave: str, choice: str, attempt: int = 1, reason: str | None = None) -> None:
        """Answer the question of a wave."""
        self._use_cases.decide(
            self.execution_id,
            wave,
            attempt=attempt,
            choice=Choice(choice),
            reason=reason,
            actor=self.actor,
        )

    @property
    def _use_cases(self) -> Orchestrator:
        return self.world.orchestrator


def run(
    plan: Json,
    inventory: Json,
    *,
    seed: int = 0,
    execution_type: str = "DRILL",
    people: Iterable[Callable[[Person], object]] = (),
    patience: timedelta = LONGEST,
    watch_every: int = 1,
    begin: Begin | None = None,
    linger: timedelta = timedelta(0),
    **world: Any,  # noqa: ANN401 - whatever a VirtualWorld takes
) -> Outcome:
    """Run one execution to its end, or until patience ends, and everything that people do.

    The invariants are checked whenever something changed, or every so often (0: at the end only).
    Raises Violated, and LeftWaiting if one of the people is not done by then: who may wait in vain
    says in what they do for how long. `begin` prepares the world and starts the execution, instead
    of `start`. `linger`: how long the world goes on after all that, for whoever tidies up behind.
    """
    with ExitStack() as stack:
        virtual = stack.enter_context(VirtualWorld(inventory, seed=seed, **world))
        watch = Watch(virtual, every=watch_every)
        virtual.after_step = watch.look
        execution_id = (begin or start)(virtual, plan, execution_type)
        left = attend(virtual, execution_id, people)
        workflow = next(iter(virtual.interpreter.executions.values()))
        end = virtual.schedule.now() + patience

        def is_over() -> bool:
            ended = not left and all(
                not each.is_running for each in virtual.interpreter.executions.values()
            )
            return ended or virtual.schedule.now() > end

        virtual.until(is_over)
        virtual.until_time(virtual.schedule.now() + linger)
        execution = virtual.orchestrator.read_executions.get(execution_id).document()
        evidence = watch.at_the_end()
        if left:
            raise LeftWaiting(_told_of(left, execution, virtual))
        return Outcome(
            execution=execution,
            run=workflow,
            truths={scope: virtual.simulator.truth(*scope) for scope in virtual.simulator.scopes},
            evidence=evidence,
            counts=count(virtual),
            chronicle=chronicle(virtual),
            simulated_seconds=virtual.schedule.elapsed_seconds,
            is_waiting=workflow.is_running,
        )


def start(world: VirtualWorld, plan: Json, execution_type: str = "DRILL", **options: Any) -> str:  # noqa: ANN401
    """Create a plan and start an execution of it, as two requests; return its id."""
    document = RecoveryPlanDocument.model_validate(plan)
    created = world.do(lambda orchestrator: orchestrator.recovery_plans.create(document))
    asked = {"point_in_time": None, "replace_live_instances": None, **options}
    execution = world.do(
        lambda orchestrator: orchestrator.start_execution(
            created.plan_id, ExecutionType(execution_type), actor="somebody", **asked
        )
    )
    return execution.execution_id


def recover_from(world: VirtualWorld, plan_id: str, *, replaces: str | None = None) -> str:
    """Start a recovery from a plan that is stored; `replaces`: its name, as a person types it."""
    execution = world.do(
        lambda use: use.start_execution(
            plan_id,
            ExecutionType.RECOVERY,
            actor="somebody",
            point_in_time=None,
            replace_live_instances=replaces,
        )
    )
    return execution.execution_id


def has_ended(world: VirtualWorld, execution_id: str) -> bool:
    """Return whether an execution has its verdict."""
    return world.orchestrator.read_executions.get(execution_id).status.is_final


def add_other_account(orchestrator: Orchestrator) -> None:
    """Add the entry of the other account of `spread_fleet`, as a request; raises AccountExists."""
    entry = AccountSpec.model_validate({"name": "Shop", "externalId": EXTERNAL_ID})
    orchestrator.accounts.create(TARGET, entry)


def attend(
    world: VirtualWorld, execution_id: str, people: Iterable[Callable[[Person], object]]
) -> set[str]:
    """Let people act on an execution; the set holds the names of those who are not done."""
    acts = {f"person {number}": act for number, act in enumerate(people)}
    left = {_named(name, act) for name, act in acts.items()}

    def attend_as(name: str) -> None:
        try:
            acts[name](Person(world, execution_id))
        finally:
            left.discard(_named(name, acts[name]))

    for name in acts:
        world.schedule.spawn(partial(attend_as, name), name)
    return left


def clean_up_of(execution: Json) -> str | None:
    """Return the status of its clean-up; None: nobody began one."""
    return (execution.get("cleanUp") or {}).get("status")


def _named(name: str, act: Callable[[Person], object]) -> str:
    """Return who it is, and what they do, as the code calls it."""
    return f"{name} ({getattr(act, '__name__', type(act).__name__)})"


def _told_of(left: set[str], execution: Json, world: VirtualWorld) -> str:
    """Return who is left, and what they see."""
    waves = ", ".join(f"{each['name']} {each['status']}" for each in execution["waves"])
    return (
        f"seed {world.seed}, after {world.schedule.elapsed_seconds:.3f} s: "
        f"{', '.join(sorted(left))} is left waiting for what never came; "
        f"{execution['executionId']} is {execution['status']}, "
        f"its waves: {waves}; its clean-up: {clean_up_of(execution) or 'none'}"
    )
