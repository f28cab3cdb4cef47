"""Recovery plans as they are stored: unique names, every version kept."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.items import Items, Key
from drs_orchestrator.adapters.recovery_plan_store import RecoveryPlanStore
from drs_orchestrator.domain.errors import NameTaken, PlanNotFound, StaleVersion
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, Wave


@pytest.fixture
def store(items: Items) -> RecoveryPlanStore:
    return RecoveryPlanStore(items)


def plan(plan_id: str = "plan_a", name: str = "Shop", version: int = 1) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=plan_id,
        name=name,
        version=version,
        waves=[
            Wave(name="database", protection_groups=["db"]),
            Wave(name="web", protection_groups=["web"], depends_on=["database"]),
        ],
        rto_minutes=240,
    )


def test_a_created_plan_is_found(store: RecoveryPlanStore) -> None:
    store.create(plan())

    assert store.get("plan_a") == plan()
    assert store.find("sHOP") == plan()


def test_an_unknown_plan_is_not_found(store: RecoveryPlanStore) -> None:
    with pytest.raises(PlanNotFound, match="plan_x"):
        store.get("plan_x")
    assert store.find("x") is None


def test_a_name_is_taken_once_ignoring_case(store: RecoveryPlanStore) -> None:
    store.create(plan())

    with pytest.raises(NameTaken, match="plan_a"):
        store.create(plan("plan_b", "SHOP"))

    assert [p.plan_id for p in store.page(10, None).items] == ["plan_a"]


def test_plans_are_listed_in_the_order_of_their_ids(store: RecoveryPlanStore) -> None:
    for name in ("c", "a", "b"):
        store.create(plan(f"plan_{name}", name))

    first, token = store.page(2, None)
    rest, _ = store.page(2, token)

    assert [p.name for p in (*first, *rest)] == ["a", "b", "c"]


def test_every_version_of_a_plan_stays(items: Items, store: RecoveryPlanStore) -> None:
    store.create(plan())
    store.replace(plan(), plan(name="Store", version=2))
    store.delete(plan(name="Store", version=2))

    versions = items.query("PLAN#plan_a")

    assert [(record["version"], record["name"]) for record in versions] == [
        (1, "Shop"),
        (2, "Store"),
    ]
    assert items.get(Key("PLAN#plan_a", "VERSION#000002")) == versions[1]


def test_a_renamed_plan_gives_its_old_name_back(store: RecoveryPlanStore) -> None:
    store.create(plan())

    store.replace(plan(), plan(name="Store", version=2))

    assert store.find("shop") is None
    assert store.find("store") == plan(name="Store", version=2)
    store.create(plan("plan_b", "Shop"))


def test_a_replacement_under_a_taken_name_changes_nothing(store: RecoveryPlanStore) -> None:
    store.create(plan())
    store.create(plan("plan_b", "Store"))

    with pytest.raises(NameTaken, match="plan_b"):
        store.replace(plan(), plan(name="store", version=2))

    assert store.get("plan_a") == plan()


def test_only_the_latest_version_can_be_replaced_or_deleted(store: RecoveryPlanStore) -> None:
    store.create(plan())
    store.replace(plan(), plan(version=2))

    with pytest.raises(StaleVersion):
        store.replace(plan(), plan(name="lost", version=2))
    with pytest.raises(StaleVersion):
        store.delete(plan())

    assert store.get("plan_a") == plan(version=2)


def test_a_deleted_plan_gives_its_name_back(store: RecoveryPlanStore) -> None:
    store.create(plan())

    store.delete(plan())

    with pytest.raises(PlanNotFound):
        store.get("plan_a")
    store.create(plan("plan_b"))
