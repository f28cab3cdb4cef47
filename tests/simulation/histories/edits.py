"""Somebody who edits plans and groups of a random history while its executions run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from drs_orchestrator.domain.errors import OrchestratorError
from drs_orchestrator.domain.protection_group import ProtectionGroup, ProtectionGroupSpec
from drs_orchestrator.domain.recovery_plan import (
    RecoveryPlan,
    RecoveryPlanDocument,
    RecoveryPlanSpec,
)
from local.virtual.world import VirtualWorld
from tests.simulation.histories.estate import place_of
from tests.simulation.histories.gates import draw_gates
from tests.simulation.histories.plans import draw_manners
from tests.simulation.strikes import RequestDied

Json = dict[str, Any]
_TRIES = 3


class Editor:
    """`edits` counts those that were stored while something ran: it must not notice (I12)."""

    def __init__(
        self,
        world: VirtualWorld,
        chance: random.Random,
        gates: random.Random,
        servers: Sequence[Json],
    ) -> None:
        self.edits = 0
        self.is_done = False
        self._world = world
        self._chance = chance
        self._gates = gates
        self._servers = [(place_of(each), each["sourceServerID"]) for each in servers]

    def __call__(self) -> None:
        for _ in range(self._chance.choice((0, 1, 2, 4))):
            self._world.schedule.sleep(self._chance.choice((5, 60, 600, 1800)))
            self._insist()
        self.is_done = True

    def _insist(self) -> None:
        """Edit something; what may be half done is done anew, what is refused is left."""
        for _ in range(_TRIES):
            try:
                is_stored = self._edit()
            except RequestDied:
                continue
            except OrchestratorError:
                return
            runs = self._world.interpreter.executions.values()
            self.edits += is_stored and any(run.is_running for run in runs)
            return

    def _edit(self) -> bool:
        """Return whether there was something to edit."""
        edit = self._chance.choice((self._edit_plan, self._edit_group, self._move_a_server))
        return edit()

    def _edit_plan(self) -> bool:
        edit = self._world.orchestrator.recovery_plans
        plans = edit.page(100).items
        if plans:
            plan = self._chance.choice(plans)
            edit.replace(plan.plan_id, self._rewritten(plan), {plan.version})
        return bool(plans)

    def _rewritten(self, plan: RecoveryPlan) -> RecoveryPlanDocument:
        """Return the plan with another wave, other dependencies, or one wave fewer."""
        spec = plan.narrowed_to(RecoveryPlanSpec).document()
        waves: list[Json] = spec["waves"]
        at = self._chance.randrange(len(waves))
        match self._chance.choice(("manners", "independence", "removal")):
            case "removal" if len(waves) > 1:
                gone = waves.pop(at)["name"]
                for each in waves:
                    each["dependsOn"] = [name for name in each["dependsOn"] if name != gone]
            case "independence":
                waves[at]["dependsOn"] = []
            case _:
                manners = draw_manners(self._chance)
                waves[at] |= {**manners, **draw_gates(self._gates, manners)}
        return RecoveryPlanDocument.model_validate(spec)

    def _edit_group(self) -> bool:
        edit = self._world.orchestrator.protection_groups
        groups = edit.page(100).items
        if groups:
            group = self._chance.choice(groups)
            edit.replace(group.group_id, self._recut(group, groups), {group.version})
        return bool(groups)

    def _move_a_server(self) -> bool:
        """Send a plan with two of its groups, between which a server goes."""
        use = self._world.orchestrator
        plans = use.recovery_plans.page(100).items
        plan = self._chance.choice(plans) if plans else None
        groups = [
            group
            for group in use.protection_groups.page(100).items
            if plan and plan.refers_to(group.name) and len(group.source_server_ids) > 1
        ]
        if plan is None or len(groups) < 2:
            return False
        giver, taker = self._chance.sample(groups, 2)
        if giver.place != taker.place:
            return False
        moved = self._chance.choice(giver.source_server_ids)
        spec = plan.narrowed_to(RecoveryPlanSpec).document()
        spec["protectionGroups"] = [
            _without(giver, moved),
            taker.changed(source_server_ids=[*taker.source_server_ids, moved]).spec.document(),
        ]
        document = RecoveryPlanDocument.model_validate(spec)
        use.recovery_plans.replace(plan.plan_id, document, {plan.version})
        return True

    def _recut(
        self, group: ProtectionGroup, groups: Sequence[ProtectionGroup]
    ) -> ProtectionGroupSpec:
        """Return the group with one server more or fewer, and other critical ones."""
        members = list(group.source_server_ids)
        taken = {each for some in groups for each in some.source_server_ids}
        free = [each for at, each in self._servers if at == group.place and each not in taken]
        if not members:  # tags select them
            return group.changed(critical_server_ids=[]).spec
        if free and self._chance.random() < 0.5:
            members.append(self._chance.choice(free))
        elif len(members) > 1:
            members.remove(self._chance.choice(members))
        critical = self._chance.sample(members, self._chance.randint(0, len(members)))
        return group.changed(source_server_ids=members, critical_server_ids=critical).spec


def _without(group: ProtectionGroup, server_id: str) -> Json:
    left = [each for each in group.source_server_ids if each != server_id]
    critical = [each for each in group.critical_server_ids if each != server_id]
    return group.changed(source_server_ids=left, critical_server_ids=critical).spec.document()
