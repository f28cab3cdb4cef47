"""What a run of the benchmark is made of, and why it may come to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drs_orchestrator.domain.account import AccountSpec
from drs_orchestrator.domain.errors import Fault
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.bench.coverage import missing, undefined
from local.bench.plans import Json
from local.bench.policies import Policy
from local.drs import Behaviour, InventoryError, inventory
from local.virtual.world import VirtualWorld

# A recovery launches larger, fuller servers than a drill's tests; the theory's model says so.
RECOVERY_PACE = 1.5


class RunFailed(Exception):
    """A run of the benchmark did not complete, so that there is nothing to measure.

    `faults`: the places of the plan that are why, as far as they are known.
    """

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, tuple(faults))
        self.message = message
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return self.message


class InventoryUnusable(RunFailed):
    """The simulated DRS does not take the inventory."""


@dataclass(frozen=True)
class Trial:
    """What is run. `paces` as `Behaviour.paces`, for a drill; `lost_share` of DRS's events is lost.

    `phase_barrier`: the servers of a job change phases together, so its length depends on the cut.
    The simulator's default; not the benchmark's, whose bound knows of servers and not of jobs.
    """

    plan: Json
    inventory: Json
    seed: int = 0
    execution_type: str = "DRILL"
    policy: Policy = Policy.DATAFLOW
    paces: Mapping[str, float] = field(default_factory=dict)
    lost_share: float = 0.01
    phase_barrier: bool = False

    @property
    def behaviour(self) -> Behaviour:
        """DRS as the benchmark has it: jobs of any size are equally fast."""
        factor = 1.0 if self.execution_type == "DRILL" else RECOVERY_PACE
        ids = [each["sourceServerID"] for each in self.inventory["items"]]
        paces = {each: factor * self.paces.get(each, 1.0) for each in ids}
        return Behaviour(job_size_growth=0.0, phase_barrier=self.phase_barrier, paces=paces)


def refuse_unfit(trial: Trial) -> None:
    """Raise RunFailed for what plan or inventory lack, InventoryUnusable if it is none."""
    try:
        inventory.read(trial.inventory)
    except InventoryError as error:
        raise InventoryUnusable(str(error)) from error
    name = trial.plan["name"]
    if faults := list(undefined(trial.plan)):
        raise RunFailed(f"recovery plan {name!r} is wrong", faults)
    if faults := list(missing(trial.plan, trial.inventory)):
        raise RunFailed(f"recovery plan {name!r} and the inventory do not fit", faults)


def begin(world: VirtualWorld, trial: Trial) -> str:
    """Register the accounts, create the plan and start it, as requests; return the execution's id.

    Raises what a request of this kind is refused with.
    """
    for account_id in sorted({scope.account_id for scope in world.simulator.scopes}):
        if account_id != world.simulator.home[0]:
            _register(world, account_id)
    document = RecoveryPlanDocument.model_validate(trial.policy.plan(trial.plan))
    plan = world.do(lambda orchestrator: orchestrator.recovery_plans.create(document))
    return world.do(
        lambda orchestrator: orchestrator.start_execution(
            plan.plan_id,
            ExecutionType(trial.execution_type),
            actor="bench",
            point_in_time=None,
            replace_live_instances=None,
        )
    ).execution_id


def _register(world: VirtualWorld, account_id: str) -> None:
    """Let the product act in another account, whose simulated role trusts it."""
    spec = AccountSpec(name=f"account {account_id}", external_id="drs-orchestrator-bench")
    world.do(lambda orchestrator: orchestrator.accounts.create(account_id, spec))
