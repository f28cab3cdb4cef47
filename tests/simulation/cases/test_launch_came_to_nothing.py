"""A launch without an answer comes to nothing while its clean-up waits for it: nothing is left."""

from __future__ import annotations

import pytest

from local.drs import CallFault, CallFaultKind, Faults
from tests.simulation.scenarios import Person, run
from tests.simulation.stories.story import having
from tests.workflow.laptop import fleet, plan, servers, wave

# So the reconciler, which looks every two minutes, does so just when the quiet period is over.
_WAITS_SECONDS = 75


# The reconciler and the clean-up look now and then: which of them learns it first is chance.
@pytest.mark.parametrize("rests_seconds", range(0, 30, 5))
def test_a_clean_up_of_a_launch_that_came_to_nothing_is_complete(rests_seconds: int) -> None:
    def stop_and_tidy(person: Person) -> None:
        world = person.world
        while not any(call.operation == "StartRecovery" for call in world.simulator.calls):
            person.rest(1)
        (workflow,) = world.interpreter.executions.values()
        world.interpreter.stop(workflow.arn, "ByHand", "in the console")
        person.until(lambda execution: bool(execution.get("endTime")))
        person.rest(rests_seconds)
        person.clean_up()
        person.until(lambda execution: execution["cleanUp"]["status"] != "RUNNING")

    lost = Faults(calls=[CallFault(CallFaultKind.LOST_REQUEST, "StartRecovery", times=1)])
    warm_up = [{"name": "warm-up", "type": "wait", "seconds": _WAITS_SECONDS}]
    only = having(wave("only", servers(0, 2)), preActions=warm_up)
    outcome = run(plan("lost", only), fleet(2), people=[stop_and_tidy], faults=lost)

    clean_up = outcome.execution["cleanUp"]
    assert (clean_up["status"], clean_up.get("reason")) == ("COMPLETED", None)
    assert outcome.truth.jobs == ()
    (records,) = outcome.evidence.executions.values()
    assert {each["result"] for each in records.terminations.values()} == {"NEVER_LAUNCHED"}
