"""One run in virtual time: the shipped workflow and handlers, and every figure of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from drs_orchestrator.domain.errors import Invalid, OrchestratorError
from drs_orchestrator.domain.quota import Limits
from local.bench.barrier import Barrier, cut_all
from local.bench.bound import lower_bound_seconds
from local.bench.figures import Figures
from local.bench.launched import as_launched, hand_offs, waves_of
from local.bench.luck import draw_luck
from local.bench.oracle import oracle_seconds
from local.bench.plans import Json
from local.bench.policies import Policy
from local.bench.prices import OWN_WORK_SECONDS, dollars
from local.bench.trial import InventoryUnusable, RunFailed, Trial, begin
from local.drs import Faults, InventoryError
from local.events import DrsEventFaults
from local.faults_file import FaultsFile
from local.functions import Invocation
from local.virtual.chronicle import count
from local.virtual.world import VirtualWorld

_SETTLED_AFTER = timedelta(hours=1)
_IDLE = timedelta(hours=24)


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
    waves, limits = waves_of(trial.plan, jobs), _limits(trial.policy)
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
            as_launched(waves, jobs), luck, limits, foresight=False, job_seconds=job_seconds
        ),
        makespan_seconds=(max(ends) - began).total_seconds(),
        hand_offs_seconds=hand_offs(waves, jobs),
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
