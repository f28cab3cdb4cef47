"""Reading and editing protection groups."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.domain.errors import (
    Fault,
    GroupInUse,
    GroupNotFound,
    InvalidGroup,
    NameTaken,
    ServersInOtherGroup,
    StaleVersion,
    StoreUnavailable,
)
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from tests.contract.cut_off_items import CutOffItems
from tests.unit.front_door import FrontDoor, document, group, server_id, tag_group


@pytest.fixture
def door() -> FrontDoor:
    return FrontDoor()


def test_a_new_group_is_active_and_of_version_one(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1, 2))

    assert created.group_id.startswith("grp_")
    assert (created.status, created.version) == (GroupStatus.ACTIVE, 1)
    assert door.groups.get(created.group_id) == created


def test_servers_that_drs_does_not_know_are_refused_with_their_places(door: FrontDoor) -> None:
    with pytest.raises(InvalidGroup) as refused:
        door.groups.create(group("db", 1, 777, 2, 888))

    assert [fault.pointer for fault in refused.value.faults] == [
        "/sourceServerIds/1",
        "/sourceServerIds/3",
    ]
    assert server_id(777) in refused.value.faults[0].message
    assert door.claims() == {}


def test_an_account_out_of_reach_is_refused_with_its_place(door: FrontDoor) -> None:
    with pytest.raises(InvalidGroup) as refused:
        door.groups.create(group("db", 1).changed(account_id="999999999999"))

    assert [fault.pointer for fault in refused.value.faults] == ["/accountId"]


def test_tags_that_match_nothing_now_are_fine(door: FrontDoor) -> None:
    created = door.groups.create(tag_group("app", Tier="app"))

    assert door.groups.get(created.group_id).server_selection_tags == {"Tier": "app"}


def test_a_server_of_another_group_is_refused_by_both_names(door: FrontDoor) -> None:
    door.groups.create(group("db", 1))

    with pytest.raises(ServersInOtherGroup) as refused:
        door.groups.create(group("app", 1, 2))

    assert server_id(1) in str(refused.value)
    assert "'db'" in str(refused.value)
    assert door.claims() == {server_id(1): "db"}


def test_a_taken_name_is_refused_ignoring_case(door: FrontDoor) -> None:
    door.groups.create(group("db", 1))

    with pytest.raises(NameTaken, match="'db'"):
        door.groups.create(group("DB", 2))


def test_a_creation_that_was_cut_off_goes_on_under_the_same_id() -> None:
    door = FrontDoor()
    wanted = group("db", *range(95))
    unfinished = ProtectionGroup(**dict(wanted), group_id="grp_first")
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(door.groups_table, 2)).create(unfinished)

    created = door.groups.create(wanted)

    assert created.group_id == "grp_first"
    assert door.groups.get("grp_first") == created
    assert len(door.claims()) == 95


def test_another_request_does_not_take_an_unfinished_group_over() -> None:
    door = FrontDoor()
    unfinished = ProtectionGroup(**dict(group("db", *range(95))), group_id="grp_first")
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(door.groups_table, 2)).create(unfinished)

    with pytest.raises(NameTaken, match="grp_first"):
        door.groups.create(group("db", *range(94)))


def test_a_replaced_group_is_one_version_on(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1, 2))

    replaced = door.groups.replace(created.group_id, group("db", 2, 3), {1})

    assert replaced.version == 2
    assert door.groups.get(created.group_id) == replaced
    assert set(door.claims()) == {server_id(2), server_id(3)}


@pytest.mark.parametrize("expected", [{2}, set()])
def test_an_edit_of_another_version_is_refused(door: FrontDoor, expected: set[int]) -> None:
    created = door.groups.create(group("db", 1))

    with pytest.raises(StaleVersion):
        door.groups.replace(created.group_id, group("db", 2), expected)
    with pytest.raises(StaleVersion):
        door.groups.delete(created.group_id, expected)

    assert door.groups.get(created.group_id) == created


def test_an_edit_that_expects_any_version_is_made(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1))
    door.groups.replace(created.group_id, group("db", 2), None)

    door.groups.delete(created.group_id, None)

    assert door.claims() == {}


def test_a_replacement_may_not_name_unknown_servers(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1))

    with pytest.raises(InvalidGroup):
        door.groups.replace(created.group_id, group("db", 1, 777), None)

    assert door.groups.get(created.group_id) == created


def test_a_group_that_a_plan_refers_to_is_neither_deleted_nor_renamed(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1))
    door.plans.create(document("shop", {"database": ["DB"]}))

    with pytest.raises(GroupInUse, match="'shop'"):
        door.groups.delete(created.group_id, None)
    with pytest.raises(GroupInUse, match="'shop'"):
        door.groups.replace(created.group_id, group("other", 1), None)

    assert door.groups.get(created.group_id) == created


def test_a_group_that_a_plan_refers_to_may_change_its_servers_and_its_spelling(
    door: FrontDoor,
) -> None:
    created = door.groups.create(group("db", 1))
    door.plans.create(document("shop", {"database": ["db"]}))

    replaced = door.groups.replace(created.group_id, group("Db", 2), None)

    assert (replaced.name, replaced.source_server_ids) == ("Db", [server_id(2)])


def test_a_group_is_free_again_when_its_plan_is_gone(door: FrontDoor) -> None:
    created = door.groups.create(group("db", 1))
    plan = door.plans.create(document("shop", {"database": ["db"]}))
    door.plans.delete(plan.plan_id, None)

    door.groups.delete(created.group_id, None)

    with pytest.raises(GroupNotFound):
        door.groups.get(created.group_id)


def test_groups_are_listed_by_account_and_region(door: FrontDoor) -> None:
    here = door.groups.create(group("here", 1))
    there = door.groups.create(tag_group("there", Tier="app").changed(region="eu-west-1"))

    def listed(**filters: str) -> list[str]:
        return [g.group_id for g in door.groups.page(10, None, **filters).items]

    assert listed() == [here.group_id, there.group_id]
    assert listed(region="eu-west-1") == [there.group_id]
    assert listed(account_id=here.account_id, region=here.region) == [here.group_id]
    assert listed(account_id="999999999999") == []


def test_every_source_server_tells_its_group() -> None:
    door = FrontDoor(tags={3: {"Tier": "app", "Env": "prod"}, 4: {"Tier": "web"}})
    named = door.groups.create(group("db", 1))
    selecting = door.groups.create(tag_group("app", Tier="app"))

    groups = {s.source_server_id: (s.group_id, s.group_name) for s in door.source_servers.at()}

    assert groups[server_id(1)] == (named.group_id, "db")
    assert groups[server_id(3)] == (selecting.group_id, "app")
    assert groups[server_id(4)] == (None, None)
    assert len(groups) == 100


def test_a_server_that_is_named_and_selected_belongs_to_the_group_that_names_it() -> None:
    door = FrontDoor(tags={1: {"Tier": "app"}})
    door.groups.create(tag_group("app", Tier="app"))
    door.groups.create(group("db", 1))

    assert door.source_servers.at()[1].group_name == "db"


def test_another_region_has_other_servers(door: FrontDoor) -> None:
    assert door.source_servers.at(region="eu-west-1") == []


def test_a_fault_names_what_to_do(door: FrontDoor) -> None:
    with pytest.raises(InvalidGroup) as refused:
        door.groups.create(group("db", 777))

    assert refused.value.faults == (
        Fault(
            "/sourceServerIds/0",
            f"DRS has no source server {server_id(777)} in account 111122223333, Region us-west-2; "
            "correct the id, or install the replication agent on the server",
        ),
    )
