"""Recovery plans in their table.

| item    | pk              | sk                     | attributes           |
|---------|-----------------|------------------------|----------------------|
| plan    | `PLAN`          | `<planId>`             | the current version  |
| version | `PLAN#<planId>` | `VERSION#<six digits>` | the plan as it was   |
| name    | `NAME`          | `<name in lower case>` | `planId`             |
"""

from __future__ import annotations

from drs_orchestrator.adapters.explained_write import write_or_explain
from drs_orchestrator.adapters.items import Absent, Delete, Items, Key, OneOf, Put, Record, Write
from drs_orchestrator.adapters.partial_write import write_if_possible
from drs_orchestrator.domain.errors import NameTaken, PlanNotFound, StaleVersion
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, Wave
from drs_orchestrator.ports.page import Page

PLANS = "PLAN"
# Not stored, so that a plan of 200 waves stays small; stored plans rely on them: never change one.
_OF_ANY_WAVE = {
    name: value
    for name, value in Wave(name="any", protection_groups=["any"]).document().items()
    if name not in {"name", "protectionGroups"}
}


class RecoveryPlanStore:
    """Fulfils the port `RecoveryPlans`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def get(self, plan_id: str) -> RecoveryPlan:
        """Return the plan's current version."""
        record = self._items.get(_plan_key(plan_id))
        if record is None:
            raise PlanNotFound(f"no recovery plan '{plan_id}'; see GET /api/v1/recovery-plans")
        return RecoveryPlan.model_validate(record)

    def find(self, name: str) -> RecoveryPlan | None:
        """Return the plan of this name, ignoring case."""
        owner = self._items.get(_name_key(name))
        record = owner and self._items.get(_plan_key(owner["planId"]))
        return RecoveryPlan.model_validate(record) if record else None

    def page(self, limit: int, next_token: str | None) -> Page[RecoveryPlan]:
        """Return plans in the order of their ids."""
        records, token = self._items.page(PLANS, limit, next_token)
        return Page([RecoveryPlan.model_validate(record) for record in records], token)

    def create(self, plan: RecoveryPlan) -> None:
        """Store a new plan."""
        write_or_explain(
            self._items,
            lambda: self._refuse_taken_name(plan),
            Put(_plan_key(plan.plan_id), _record(plan), (Absent(),)),
            Put(_version_key(plan), _settled(plan), (Absent(),)),
            Put(_name_key(plan.name), {"planId": plan.plan_id}, (Absent(),)),
        )

    def replace(self, before: RecoveryPlan, after: RecoveryPlan) -> None:
        """Store a new version beside the old ones."""

        def explain() -> None:
            self._refuse_other_version(before)
            self._refuse_taken_name(after)

        writes: list[Write] = [
            Put(_plan_key(after.plan_id), _record(after), (OneOf("version", [before.version]),)),
            Put(_version_key(after), _settled(after), (Absent(),)),
        ]
        if _name_key(before.name) != _name_key(after.name):
            writes.append(Delete(_name_key(before.name)))
            writes.append(Put(_name_key(after.name), {"planId": after.plan_id}, (Absent(),)))
        write_or_explain(self._items, explain, *writes)

    def settle(self, plan: RecoveryPlan) -> None:
        """Note that its groups are written."""
        this = OneOf("version", [plan.version])
        write_if_possible(self._items, Put(_plan_key(plan.plan_id), _settled(plan), (this,)))

    def delete(self, plan: RecoveryPlan) -> None:
        """Remove the plan; its versions stay readable for old executions."""
        write_or_explain(
            self._items,
            lambda: self._refuse_other_version(plan),
            Delete(_plan_key(plan.plan_id), (OneOf("version", [plan.version]),)),
            Delete(_name_key(plan.name)),
        )

    def _refuse_other_version(self, plan: RecoveryPlan) -> None:
        if self.get(plan.plan_id).version != plan.version:
            raise StaleVersion(
                f"recovery plan '{plan.name}' was changed since version {plan.version} was read; "
                "read it again and repeat the change"
            )

    def _refuse_taken_name(self, plan: RecoveryPlan) -> None:
        owner = self._items.get(_name_key(plan.name))
        if owner and owner["planId"] != plan.plan_id:
            raise NameTaken(
                f"another recovery plan ({owner['planId']}) is named '{plan.name}'; "
                "choose another name, names ignore case"
            )


def _record(plan: RecoveryPlan) -> Record:
    return {**plan.document(), "waves": [_short(wave) for wave in plan.waves]}


def _settled(plan: RecoveryPlan) -> Record:
    return _record(plan.changed(groups_pending=False))


def _short(wave: Wave) -> Record:
    """Return a wave without what any wave has that does not say otherwise."""
    absent = object()
    return {
        name: value
        for name, value in wave.document().items()
        if _OF_ANY_WAVE.get(name, absent) != value
    }


def _plan_key(plan_id: str) -> Key:
    return Key(PLANS, plan_id)


def _version_key(plan: RecoveryPlan) -> Key:
    return Key(f"PLAN#{plan.plan_id}", f"VERSION#{plan.version:06d}")


def _name_key(name: str) -> Key:
    return Key("NAME", name.lower())
