"""A week in which nothing moves: how many events the history of the wave holds then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from local.bench.plans import Json, PlanShape, WaveShape
from local.bench.trial import Trial, begin
from local.drs import Faults, Quotas, ServerFault, ServerFaultKind
from local.drs.faults import Phase, RateLimit
from local.virtual.chronicle import count
from local.virtual.world import VirtualWorld

WEEK = timedelta(days=7)
_LONGEST_DEADLINE_MINUTES = 10_080
# After seven days the execution closes, and a wave without a job ends.
_JUST_BEFORE = timedelta(minutes=1)


def events_in_a_stuck_week(*, asks: bool) -> int:
    """Return the events of the fullest execution after seven days with one job that never ends.

    `asks`: its wave asks a person after 90 minutes, and nobody answers; else its deadline is the
    longest that a plan may give, so that the wave looks at its job all week.
    """
    plan = PlanShape("stuck", (WaveShape("only", 2),))
    hangs = ServerFault(plan.server_ids["only"][0], ServerFaultKind.STUCK, phase=Phase.LAUNCH)
    settings = {} if asks else {"deadlineMinutes": _LONGEST_DEADLINE_MINUTES}
    return _events_in_a_week(plan, Faults(servers=[hangs]), settings)


def events_in_a_full_week() -> int:
    """Return the same with a DRS that refuses every launch for its quota although no job runs."""
    plan = PlanShape("queued", (WaveShape("only", 2),))
    return _events_in_a_week(plan, Faults(quotas=Quotas(jobs=0)), {})


def events_in_a_week_beside_a_launch(*, refused: bool) -> int:
    """Return the same with a job that never ends, whose wave has another launch in vain.

    `refused`: for a quota that has become smaller; else DRS throttles it.
    """
    plan = PlanShape("beside", (WaveShape("only", 2),))
    hangs = ServerFault(plan.server_ids["only"][0], ServerFaultKind.STUCK, phase=Phase.LAUNCH)
    throttles = RateLimit(per_second=1e-9, burst=1, operation="StartRecovery")
    faults = Faults(
        servers=[hangs],
        quotas=Quotas(servers_per_job=1),
        rate_limits=[] if refused else [throttles],
    )
    return _events_in_a_week(plan, faults, {}, _admit_one_job if refused else None)


def _admit_one_job(world: VirtualWorld) -> None:
    """As soon as there is one."""
    world.until(lambda: bool(world.simulator.truth(*world.simulator.home).jobs))
    world.simulator.faults.quotas = Quotas(servers_per_job=1, jobs=1)


def _events_in_a_week(
    plan: PlanShape,
    faults: Faults,
    settings: Json,
    then: Callable[[VirtualWorld], None] | None = None,
) -> int:
    (wave,) = plan.document()["waves"]
    trial = Trial({**plan.document(), "waves": [{**wave, **settings}]}, plan.inventory())
    with VirtualWorld(trial.inventory, faults=faults) as world:
        begin(world, trial)
        if then is not None:
            then(world)
        world.until_time(world.schedule.now() + WEEK - _JUST_BEFORE)
        (run,) = world.interpreter.executions.values()
        assert run.is_running, "what is stuck must hold its wave"  # noqa: S101 - ours to break
        return count(world).most_events
