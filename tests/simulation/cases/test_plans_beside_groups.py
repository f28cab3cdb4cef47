"""A plan is written that refers to a group, which somebody deletes or renames at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import pytest

from drs_orchestrator.domain.errors import OrchestratorError
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.workflow.laptop import fleet, plan, servers, wave


@pytest.mark.parametrize("change", ["delete", "rename"])
@pytest.mark.parametrize("held_up", ["ana", "bob"])
def test_a_group_does_not_go_while_a_plan_is_written_that_refers_to_it(
    held_up: str, change: str
) -> None:
    """Ana writes a plan, bob deletes or renames its group; one waits in any call for the other."""
    for call in count(1):
        done, left, is_over = _write_and_remove(held_up, change, call)
        assert set(done) != {"ana", "bob"}, call
        assert {group.status for group in left} <= {"ACTIVE"}
        if is_over:
            return


def _write_and_remove(
    held_up: str, change: str, at: int
) -> tuple[list[str], Sequence[ProtectionGroup], bool]:
    """Return who was served, what groups there are after that, and whether nobody had to wait, for
    there are not so many calls.
    """
    calls: list[Call] = []
    done: list[str] = []

    def do(name: str) -> None:
        use = world.orchestrator
        with suppress(OrchestratorError):
            if name == "ana":
                use.recovery_plans.create(refers)
            elif change == "delete":
                use.protection_groups.delete(group.group_id, None)
            else:
                renamed = group.spec.changed(name="other")
                use.protection_groups.replace(group.group_id, renamed, None)
            done.append(name)

    def let_the_other_go_first(call: Call) -> None:
        if call.caller == held_up and call.service == "dynamodb":
            calls.append(call)
            if len(calls) == at:
                do("bob" if held_up == "ana" else "ana")

    first = RecoveryPlanDocument.model_validate(plan("p", wave("a", servers(0, 2))))
    with VirtualWorld(fleet(4), seed=1) as world:
        made = world.do(lambda o: o.recovery_plans.create(first))
        world.do(lambda o: o.recovery_plans.delete(made.plan_id, None))
        (group,) = world.do(lambda o: o.protection_groups.page(10)).items
        refers = RecoveryPlanDocument.model_validate(
            {"name": "q", "waves": [{"name": "a", "protectionGroups": [group.name]}]}
        )
        world.calls.before = let_the_other_go_first
        person = world.schedule.spawn(lambda: do(held_up), held_up)
        world.until(lambda: person.has_ended)
        left = world.do(lambda o: o.protection_groups.page(10)).items
    return done, left, len(calls) < at
