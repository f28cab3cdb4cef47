"""A job that hangs for a week: how many events the history of its wave holds then."""

from __future__ import annotations

from datetime import timedelta

from local.bench.measure import Trial, begin
from local.bench.plans import PlanShape, WaveShape
from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.virtual.chronicle import count
from local.virtual.world import VirtualWorld

WEEK = timedelta(days=7)
_LONGEST_DEADLINE_MINUTES = 10_080


def events_in_a_stuck_week(*, asks: bool) -> int:
    """Return the events of the fullest execution after seven days with one job that never ends.

    `asks`: its wave asks a person after 90 minutes, and nobody answers; else its deadline is the
    longest that a plan may give, so that the wave looks at its job all week.
    """
    plan = PlanShape("stuck", (WaveShape("only", 2),))
    (wave,) = plan.document()["waves"]
    if not asks:
        wave = {**wave, "deadlineMinutes": _LONGEST_DEADLINE_MINUTES}
    hangs = ServerFault(plan.server_ids["only"][0], ServerFaultKind.STUCK, phase=Phase.LAUNCH)
    trial = Trial({**plan.document(), "waves": [wave]}, plan.inventory())
    with VirtualWorld(trial.inventory, faults=Faults(servers=[hangs])) as world:
        begin(world, trial)
        world.until_time(world.schedule.now() + WEEK)
        (run,) = world.interpreter.executions.values()
        assert run.is_running, "a job that hangs must hold its wave"  # noqa: S101 - ours to break
        return count(world).most_events
