"""One run in virtual time: the shipped workflow and handlers, and every figure of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from drs_orchestrator.domain.account import AccountSpec
from drs_orchestrator.domain.errors import Fault, Invalid, OrchestratorError
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.bench.barrier import Barrier, cut_all
from local.bench.bound import LaunchWave, lower_bound_seconds
from local.bench.coverage import missing
from local.bench.luck import draw_luck
from local.bench.oracle import oracle_seconds
from local.bench.plans import Json
from local.bench.policies import Policy
from local.bench.prices import OWN_WORK_SECONDS, dollars
from local.drs import Behaviour, Faults, InventoryError, JobTruth, inventory
from local.events import DrsEventFaults
from local.faults_file import FaultsFile
from local.functions import Invocation
from local.virtual.chronicle import count
from local.virtual.world import VirtualWorld

# A recovery launches larger, fuller servers than a drill's tests; the theory's model says so.
RECOVERY_PACE = 1.5
_SETTLED_AFTER = timedelta(hours=1)
_IDLE = timedelta(hours=24)


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


@dataclass(frozen=True)
class Figures:
    """The figures of one run. Seconds are simulated.

    lower_bound_seconds: without the phase barrier, from which no job gains. oracle_seconds,
    blind_oracle_seconds, best_cut_oracle_seconds: with the barrier if the trial has it, and
    then the last may also cut waves into smaller jobs; else it is the oracle again.
    makespan_seconds: from the request until the last wave is on record as ended. hand_offs_seconds:
    from the end of a wave's last dependency's last job to its first StartRecovery. calls: by
    service, with what comes in the hour after the end. idle_invocations: of functions in the day
    after that.
    """

    lower_bound_seconds: float
    oracle_seconds: float
    blind_oracle_seconds: float
    best_cut_oracle_seconds: float
    makespan_seconds: float
    hand_offs_seconds: tuple[float, ...]
    transitions: int
    most_events: int
    invocations: int
    calls: dict[str, int]
    largest_state_bytes: int
    largest_item_bytes: int
    quota_errors: int
    idle_invocations: int
    dollars: float

    @property
    def ratio(self) -> float:
        """The makespan over the lower bound."""
        return self.makespan_seconds / self.lower_bound_seconds


def refuse_unfit(trial: Trial) -> None:
    """Raise RunFailed for what the inventory lacks, InventoryUnusable if it is none."""
    try:
        inventory.read(trial.inventory)
    except InventoryError as error:
        raise InventoryUnusable(str(error)) from error
    faults = list(missing(trial.plan, trial.inventory))
    if faults:
        name = trial.plan["name"]
        raise RunFailed(f"recovery plan {name!r} and the inventory do not fit", faults)


def measure(trial: Trial) -> Figures:
    """Run a trial to its end; raise RunFailed if the plan is refused or a wave does not complete.

    Errors of the product leave as RunFailed because they must get from one process to another.
    """
    try:
        return _measure(trial)
    except InventoryError as error:
        raise InventoryUnusable(str(error)) from error
    except Invalid as error:
        raise RunFailed(error.detail if error.faults else str(error), error.faults) from error
    except (OrchestratorError, ValidationError) as error:
        raise RunFailed(f"plan {trial.plan['name']!r}: {error}") from error


def _measure(trial: Trial) -> Figures:
    luck = draw_luck(trial.inventory, seed=trial.seed, behaviour=trial.behaviour)
    meter = _Meter()
    other = FaultsFile(drs_events=DrsEventFaults(lost_share=trial.lost_share))
    with VirtualWorld(
        trial.inventory,
        seed=trial.seed,
        faults=Faults(quotas=trial.policy.quotas),
        other_faults=other,
        behaviour=trial.behaviour,
        invoker=meter,
    ) as world:
        meter.world = world
        execution = _run(world, trial)
        world.until_time(world.schedule.now() + _SETTLED_AFTER)
        counts = count(world)
        jobs = [job for each in world.simulator.scopes for job in world.simulator.truth(*each).jobs]
        settled = world.runtime.invocations
        world.until_time(world.schedule.now() + _IDLE)
        idle = world.runtime.invocations - settled
    waves, limits = _waves(trial.plan, jobs), _limits(trial.policy)
    barrier = Barrier(trial.inventory, trial.seed, trial.behaviour) if trial.phase_barrier else None
    job_seconds = barrier.job_seconds(cut_all(waves, luck, limits)) if barrier else None
    known = oracle_seconds(waves, luck, limits, job_seconds=job_seconds)
    ends = [datetime.fromisoformat(wave["endTime"]) for wave in execution["waves"]]
    began = datetime.fromisoformat(execution["startTime"])
    return Figures(
        lower_bound_seconds=lower_bound_seconds(waves, luck),
        oracle_seconds=known,
        best_cut_oracle_seconds=barrier.best_cut_seconds(waves, luck, limits) if barrier else known,
        blind_oracle_seconds=oracle_seconds(
            _as_launched(waves, jobs), luck, limits, foresight=False, job_seconds=job_seconds
        ),
        makespan_seconds=(max(ends) - began).total_seconds(),
        hand_offs_seconds=_hand_offs(waves, jobs),
        transitions=counts.transitions,
        most_events=counts.most_events,
        invocations=counts.invocations,
        calls=_by_service(counts.calls),
        largest_state_bytes=counts.largest_state_bytes,
        largest_item_bytes=counts.largest_item_bytes,
        quota_errors=counts.quota_errors,
        idle_invocations=idle,
        dollars=dollars(counts.transitions, counts.invocations, meter.gb_seconds),
    )


class _Meter:
    """Stands around every invocation and adds up what Lambda would bill."""

    def __init__(self) -> None:
        self.gb_seconds = 0.0
        self.world: VirtualWorld | None = None

    def __call__(self, invocation: Invocation) -> Json:
        assert self.world is not None  # noqa: S101 - set before anything can happen
        schedule = self.world.schedule
        began = schedule.elapsed_seconds
        try:
            answer: Json = invocation.proceed()
        finally:
            seconds = schedule.elapsed_seconds - began + OWN_WORK_SECONDS
            self.gb_seconds += seconds * invocation.function.memory_mb / 1024
        return answer


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


def _run(world: VirtualWorld, trial: Trial) -> Json:
    """Create the plan, start it, let everything end, and return the execution."""
    execution_id = begin(world, trial)
    (run,) = world.interpreter.executions.values()
    world.until(lambda: not run.is_running)
    execution = world.orchestrator.read_executions.get(execution_id).document()
    if execution["status"] != "COMPLETED":
        raise RunFailed(
            f"plan {trial.plan['name']!r}, seed {trial.seed}, {trial.policy}: the run ended "
            f"{execution['status']}: {execution.get('reason', 'no reason given')}"
        )
    return execution


def _register(world: VirtualWorld, account_id: str) -> None:
    """Let the product act in another account, whose simulated role trusts it."""
    spec = AccountSpec(name=f"account {account_id}", external_id="drs-orchestrator-bench")
    world.do(lambda orchestrator: orchestrator.accounts.create(account_id, spec))


def _waves(plan: Json, jobs: list[JobTruth]) -> list[LaunchWave]:
    """Return the waves with the servers that were launched for them."""
    servers: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        servers[job.tags["drsorc:wave"]] += job.server_ids
    return [
        LaunchWave(
            each["name"], tuple(sorted(servers[each["name"]])), tuple(each.get("dependsOn") or ())
        )
        for each in plan["waves"]
    ]


def _as_launched(waves: list[LaunchWave], jobs: list[JobTruth]) -> list[LaunchWave]:
    """Return the waves in the order of their launches.

    Which of several equal waves goes first is luck; a schedule with the same order shares it, so
    that what lies between the two is time that the product needs.
    """
    begun = _first_launches(jobs)
    return sorted(waves, key=lambda wave: begun[wave.name])


def _first_launches(jobs: list[JobTruth]) -> dict[str, datetime]:
    begun: dict[str, datetime] = {}
    for job in jobs:
        name = job.tags["drsorc:wave"]
        begun[name] = min(job.created_at, begun.get(name, job.created_at))
    return begun


def _hand_offs(waves: list[LaunchWave], jobs: list[JobTruth]) -> tuple[float, ...]:
    begun = _first_launches(jobs)
    ended: dict[str, datetime] = {}
    for job in jobs:
        name = job.tags["drsorc:wave"]
        if job.ended_at is not None:
            ended[name] = max(job.ended_at, ended.get(name, job.ended_at))
    return tuple(
        (begun[wave.name] - max(ended[each] for each in wave.depends_on)).total_seconds()
        for wave in waves
        if wave.depends_on
    )


def _limits(policy: Policy) -> Limits:
    quotas = policy.quotas
    return Limits(
        servers_per_job=quotas.servers_per_job,
        jobs=quotas.jobs,
        servers_in_jobs=quotas.servers_in_jobs,
    )


def _by_service(calls: Mapping[str, int]) -> dict[str, int]:
    services: dict[str, int] = defaultdict(int)
    for name, number in sorted(calls.items()):
        services[name.partition(".")[0]] += number
    return dict(services)
