"""A clean-up of several TERMINATE jobs does not keep a recovery waiting for room in DRS."""

from __future__ import annotations

import pytest

from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import Faults, Quotas
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import has_ended, recover_from, start
from tests.workflow.laptop import fleet, plan, servers, wave

# One more than a TERMINATE job takes.
_DRILLED = 101


@pytest.mark.parametrize("seed", range(2))
def test_a_recovery_goes_after_the_job_that_runs_and_before_the_next(seed: int) -> None:
    one_job_at_once = Faults(quotas=Quotas(jobs=1))
    with VirtualWorld(fleet(_DRILLED + 1), seed=seed, faults=one_job_at_once) as world:

        def jobs(kind: str) -> list[tuple[str, ...]]:
            truth = world.simulator.truth(*world.simulator.home)
            return [tuple(job.server_ids) for job in truth.jobs if job.kind == kind]

        drill = start(world, plan("drill", wave("all", servers(0, _DRILLED))))
        world.until(lambda: has_ended(world, drill))
        world.do(lambda o: o.start_clean_up(drill, "somebody"))
        world.until(lambda: bool(jobs("TERMINATE")))
        real = RecoveryPlanDocument.model_validate(plan("real", wave("r", servers(_DRILLED, 1))))
        made = world.do(lambda o: o.recovery_plans.create(real))
        recovery = recover_from(world, made.plan_id)
        world.until(lambda: (servers(_DRILLED, 1)[0],) in jobs("LAUNCH"))
        before = len(jobs("TERMINATE"))
        clean_up = world.orchestrator.read_executions.get(drill).clean_up
        world.until(lambda: has_ended(world, recovery))
        world.until(lambda: len(jobs("TERMINATE")) == 2)

    assert before == 1
    assert clean_up
    reasons = {each.reason for each in clean_up.instances if each.job_id is None}
    assert reasons == {f"execution '{recovery}' waits for room in DRS"}
