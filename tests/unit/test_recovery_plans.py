"""Plan documents: checked as a whole, then written with their groups."""

from __future__ import annotations

import pytest

from drs_orchestrator.domain.errors import (
    InvalidPlan,
    NameTaken,
    PlanNotFound,
    ServersInOtherGroup,
    StaleVersion,
)
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.protection_groups import Claim
from tests.unit.front_door import FrontDoor, document, group, server_id, tag_group

WAVES = {"database": ["db"], "application": ["app"]}


@pytest.fixture
def door() -> FrontDoor:
    return FrontDoor()


def pointers(refused: pytest.ExceptionInfo[InvalidPlan]) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


def groups_of(door: FrontDoor) -> dict[str, tuple[int, int]]:
    """Version and number of servers of each group by its name."""
    groups = door.groups.page(100).items
    return {group.name: (group.version, len(group.source_server_ids)) for group in groups}


def test_a_document_creates_the_plan_and_its_groups(door: FrontDoor) -> None:
    groups = [group("db", 1, 2), tag_group("app", Tier="app")]

    plan = door.plans.create(document("shop", WAVES, groups, {"application": ["database"]}))

    assert plan.plan_id.startswith("plan_")
    assert door.plans.get(plan.plan_id) == plan
    assert [wave.depends_on for wave in plan.waves] == [[], ["database"]]
    assert groups_of(door) == {"db": (1, 2), "app": (1, 0)}


def test_a_plan_may_refer_to_groups_that_exist(door: FrontDoor) -> None:
    door.groups.create(group("db", 1))

    door.plans.create(document("shop", {"database": ["DB"]}))

    assert groups_of(door) == {"db": (1, 1)}


def test_a_document_updates_groups_by_name_and_leaves_equal_ones_alone(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", WAVES, [group("db", 1), group("app", 2)]))

    after = door.plans.replace(
        plan.plan_id, document("shop", WAVES, [group("db", 1, 3), group("app", 2)]), {1}
    )

    assert after.version == 2
    assert groups_of(door) == {"db": (2, 2), "app": (1, 1)}


def test_every_fault_of_a_document_is_told_at_once_and_nothing_is_written(door: FrontDoor) -> None:
    door.groups.create(group("other", 9))
    wrong = document(
        "shop",
        {"a": ["db"], "b": ["nowhere"], "c": ["app"]},
        [group("db", 1, 777), group("app", 1, 9)],
        {"a": ["b"], "b": ["a"], "c": ["missing"]},
    )

    with pytest.raises(InvalidPlan) as refused:
        door.plans.create(wrong)

    assert sorted(pointers(refused)) == [
        "/protectionGroups/0/sourceServerIds/1",  # unknown to DRS
        "/protectionGroups/1/sourceServerIds/0",  # in both groups
        "/protectionGroups/1/sourceServerIds/1",  # in group 'other'
        "/waves/0/dependsOn",  # a cycle
        "/waves/1/protectionGroups/0",  # no such group
        "/waves/2/dependsOn/0",  # no such wave
    ]
    assert "a -> b -> a" in str(refused.value) or "b -> a -> b" in str(refused.value)
    assert groups_of(door) == {"other": (1, 1)}
    assert door.plans.page(10).items == []


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        (["a"], "leave it out, for there is no other"),
        (["a", "c", "b"], "name one of b, c"),
    ],
)
def test_a_wave_is_not_told_to_wait_for_itself(
    door: FrontDoor, names: list[str], remedy: str
) -> None:
    waves = {name: [name] for name in names}
    groups = [group(name, i) for i, name in enumerate(names)]

    with pytest.raises(InvalidPlan, match=f"no wave is named 'missing'; {remedy}$"):
        door.plans.create(document("shop", waves, groups, {"a": ["missing"]}))


def test_one_name_for_two_groups_of_a_document_is_refused(door: FrontDoor) -> None:
    with pytest.raises(InvalidPlan) as refused:
        door.plans.create(document("shop", {"a": ["db"]}, [group("db", 1), group("DB", 2)]))

    assert pointers(refused) == ["/protectionGroups/0/name", "/protectionGroups/1/name"]


def test_a_group_is_launched_once_whatever_its_spelling(door: FrontDoor) -> None:
    with pytest.raises(InvalidPlan) as refused:
        door.plans.create(document("shop", {"a": ["db"], "b": ["DB"]}, [group("db", 1)]))

    assert pointers(refused) == ["/waves/0/protectionGroups/0", "/waves/1/protectionGroups/0"]


def test_a_server_of_a_group_outside_the_document_is_a_conflict(door: FrontDoor) -> None:
    door.groups.create(group("other", 2))

    with pytest.raises(ServersInOtherGroup) as refused:
        door.plans.create(document("shop", WAVES, [group("db", 1), group("app", 2)]))

    assert "/protectionGroups/1/sourceServerIds/0" in str(refused.value)
    assert "'other'" in str(refused.value)
    assert groups_of(door) == {"other": (1, 1)}


def test_servers_may_move_between_the_groups_of_a_document(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", WAVES, [group("db", 1), group("app", 2, 3)]))

    door.plans.replace(
        plan.plan_id, document("shop", WAVES, [group("db", 1, 2), group("app", 3)]), None
    )

    assert door.claims() == {server_id(1): "db", server_id(2): "db", server_id(3): "app"}


def test_what_groups_hold_is_read_as_often_for_many_groups_as_for_two(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Place] = []
    claims = door.group_store.claims

    def count(place: Place) -> dict[str, Claim]:
        reads.append(place)
        return claims(place)

    monkeypatch.setattr(door.group_store, "claims", count)

    def reads_of(name: str, first: int, groups: int) -> int:
        numbers = range(first, first + groups)
        before = [group(f"{name}-{number}", number) for number in numbers]
        waves = {"only": [each.name for each in before]}
        plan = door.plans.create(document(name, waves, before))
        after = [group(f"{name}-{number}", number, number + groups) for number in numbers]
        reads.clear()
        door.plans.replace(plan.plan_id, document(name, waves, after), None)
        return len(reads)

    assert reads_of("small", 0, 2) == reads_of("large", 10, 40)


def test_servers_that_change_places_are_refused_before_anything_is_written(
    door: FrontDoor,
) -> None:
    plan = door.plans.create(document("shop", WAVES, [group("db", 1), group("app", 2)]))

    with pytest.raises(ServersInOtherGroup, match="change places"):
        door.plans.replace(
            plan.plan_id, document("shop", WAVES, [group("db", 2), group("app", 1)]), None
        )

    assert door.claims() == {server_id(1): "db", server_id(2): "app"}
    assert door.plans.get(plan.plan_id) == plan


def test_a_group_that_turns_to_tags_gives_its_servers_to_another(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", WAVES, [group("db", 1), group("app", 2)]))

    door.plans.replace(
        plan.plan_id,
        document("shop", WAVES, [group("db", 1, 2), tag_group("app", Tier="app")]),
        None,
    )

    assert door.claims() == {server_id(1): "db", server_id(2): "db"}


def test_a_taken_name_is_refused_before_groups_are_written(door: FrontDoor) -> None:
    door.plans.create(document("shop", {"a": ["db"]}, [group("db", 1)]))

    with pytest.raises(NameTaken, match="'shop'"):
        door.plans.create(document("SHOP", {"a": ["app"]}, [group("app", 2)]))

    assert groups_of(door) == {"db": (1, 1)}


def test_a_stale_edit_changes_no_group(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", {"a": ["db"]}, [group("db", 1)]))

    with pytest.raises(StaleVersion):
        door.plans.replace(plan.plan_id, document("shop", {"a": ["db"]}, [group("db", 1, 2)]), {7})

    assert groups_of(door) == {"db": (1, 1)}


def test_a_plan_may_take_another_name(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", {"a": ["db"]}, [group("db", 1)]))

    renamed = door.plans.replace(plan.plan_id, document("store", {"a": ["db"]}), {1})

    assert (renamed.plan_id, renamed.name) == (plan.plan_id, "store")
    assert door.plan_store.find("shop") is None


def test_a_deleted_plan_leaves_its_groups(door: FrontDoor) -> None:
    plan = door.plans.create(document("shop", {"a": ["db"]}, [group("db", 1)]))

    door.plans.delete(plan.plan_id, {1})

    with pytest.raises(PlanNotFound):
        door.plans.get(plan.plan_id)
    assert groups_of(door) == {"db": (1, 1)}


def test_a_plan_too_large_to_be_stored_is_refused(door: FrontDoor) -> None:
    names = [f"{'x' * 55}{i:04d}" for i in range(6000)]
    waves = {f"wave-{i}": names[i * 60 : (i + 1) * 60] for i in range(100)}

    with pytest.raises(InvalidPlan) as refused:
        door.plans.create(document("shop", waves))

    assert "/waves" in pointers(refused)
