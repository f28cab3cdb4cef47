"""Protection groups as they are stored: names and servers are unique, whatever happens when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from drs_orchestrator.adapters.items import Items, Write
from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.domain.errors import (
    GroupNotFound,
    NameTaken,
    ServersInOtherGroup,
    StaleVersion,
    StoreUnavailable,
)
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from drs_orchestrator.domain.server import Place
from tests.contract.cut_off_items import CutOffItems

PLACE = Place("111122223333", "us-west-2")
# More than one transaction holds.
MANY = 100


@pytest.fixture
def store(items: Items) -> ProtectionGroupStore:
    return ProtectionGroupStore(items)


def servers(count: int, first: int = 0) -> list[str]:
    return [f"s-5{i:016x}" for i in range(first, first + count)]


def group(group_id: str, source_server_ids: Sequence[str], name: str = "") -> ProtectionGroup:
    return ProtectionGroup(
        group_id=group_id,
        name=name or group_id,
        account_id=PLACE.account_id,
        region=PLACE.region,
        source_server_ids=list(source_server_ids),
    )


def claimed_by(store: ProtectionGroupStore, group_id: str) -> list[str]:
    claims = store.claims(PLACE).values()
    return sorted(claim.source_server_id for claim in claims if claim.group_id == group_id)


@pytest.mark.parametrize("count", [1, 90, 91, MANY])
def test_a_created_group_is_found_with_its_claims(store: ProtectionGroupStore, count: int) -> None:
    created = group("grp_a", servers(count), name="Order DB")

    store.create(created)

    assert store.get("grp_a") == created
    assert store.find("order db") == created
    assert claimed_by(store, "grp_a") == servers(count)
    assert store.claims(PLACE)[servers(1)[0]].group_name == "Order DB"


def test_a_group_that_selects_by_tags_claims_nothing(store: ProtectionGroupStore) -> None:
    by_tags = ProtectionGroup(
        group_id="grp_a",
        name="app",
        account_id=PLACE.account_id,
        region=PLACE.region,
        server_selection_tags={"Tier": "app"},
    )

    store.create(by_tags)

    assert store.get("grp_a") == by_tags
    assert store.claims(PLACE) == {}


def test_the_same_server_id_elsewhere_is_another_server(store: ProtectionGroupStore) -> None:
    store.create(group("grp_a", servers(2)))
    elsewhere = group("grp_b", servers(2)).changed(region="eu-west-1")

    store.create(elsewhere)

    assert set(store.claims(Place(PLACE.account_id, "eu-west-1"))) == set(servers(2))
    assert claimed_by(store, "grp_a") == servers(2)


def test_an_unknown_group_is_not_found(store: ProtectionGroupStore) -> None:
    with pytest.raises(GroupNotFound, match="grp_x"):
        store.get("grp_x")
    assert store.find("x") is None


def test_groups_are_listed_in_the_order_of_their_ids(store: ProtectionGroupStore) -> None:
    for i in (2, 0, 1):
        store.create(group(f"grp_{i}", servers(1, first=i)))

    first, token = store.page(2, None)
    rest, _ = store.page(2, token)

    assert [g.group_id for g in (*first, *rest)] == ["grp_0", "grp_1", "grp_2"]


@pytest.mark.parametrize("count", [1, MANY])
def test_a_name_is_taken_once_ignoring_case(store: ProtectionGroupStore, count: int) -> None:
    store.create(group("grp_a", servers(1), name="Order-DB"))

    with pytest.raises(NameTaken, match="grp_a"):
        store.create(group("grp_b", servers(count, first=1), name="order-db"))

    assert set(store.claims(PLACE)) == set(servers(1))


@pytest.mark.parametrize("count", [2, MANY])
def test_a_server_of_another_group_is_refused_and_nothing_is_left_behind(
    store: ProtectionGroupStore, count: int
) -> None:
    last = servers(count)[-1]
    store.create(group("grp_a", [last], name="first"))

    with pytest.raises(ServersInOtherGroup, match=f"{last} belongs to .* 'first' \\(grp_a\\)"):
        store.create(group("grp_b", servers(count), name="second"))

    assert set(store.claims(PLACE)) == {last}
    assert store.find("second") is None
    store.create(group("grp_c", servers(count)[:-1], name="second"))


@pytest.mark.parametrize("writes", range(1, 5))
def test_a_creation_that_was_cut_off_goes_on_when_it_is_sent_again(
    items: Items, writes: int
) -> None:
    wanted = group("grp_a", servers(MANY))
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(items, writes)).create(wanted)
    store = ProtectionGroupStore(items)
    assert store.get("grp_a").status is GroupStatus.CREATING

    store.create(wanted)

    assert store.get("grp_a") == wanted
    assert claimed_by(store, "grp_a") == servers(MANY)


def test_a_group_half_created_can_be_deleted(items: Items) -> None:
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(items, 3)).create(group("grp_a", servers(MANY)))
    store = ProtectionGroupStore(items)

    store.delete(store.get("grp_a"))

    assert store.claims(PLACE) == {}
    assert store.find("grp_a") is None


@pytest.mark.parametrize(("old", "new"), [(3, 3), (3, MANY), (MANY, 3), (MANY, MANY)])
def test_a_replaced_group_holds_what_it_names_and_nothing_else(
    store: ProtectionGroupStore, old: int, new: int
) -> None:
    before = group("grp_a", servers(old))
    after = group("grp_a", servers(new, first=2)).changed(version=2)
    store.create(before)

    store.replace(before, after)

    assert store.get("grp_a") == after
    assert claimed_by(store, "grp_a") == servers(new, first=2)


@pytest.mark.parametrize("count", [3, MANY])
def test_a_replacement_that_wants_a_foreign_server_changes_nothing(
    store: ProtectionGroupStore, count: int
) -> None:
    before = group("grp_a", servers(1))
    store.create(before)
    store.create(group("grp_b", [servers(count)[-1]]))

    with pytest.raises(ServersInOtherGroup, match="grp_b"):
        store.replace(before, group("grp_a", servers(count)).changed(version=2))

    assert store.get("grp_a") == before
    assert claimed_by(store, "grp_a") == servers(1)


def test_a_renamed_group_gives_its_old_name_back(store: ProtectionGroupStore) -> None:
    before = group("grp_a", servers(1), name="old")
    after = before.changed(name="new", version=2)
    store.create(before)

    store.replace(before, after)

    assert store.find("old") is None
    assert store.find("NEW") == after
    store.create(group("grp_b", servers(1, first=1), name="old"))


def test_a_name_in_another_spelling_is_kept(store: ProtectionGroupStore) -> None:
    before = group("grp_a", servers(1), name="order db")
    store.create(before)

    store.replace(before, before.changed(name="Order DB", version=2))

    assert store.claims(PLACE)[servers(1)[0]].group_name == "Order DB"


@pytest.mark.parametrize("count", [2, MANY])
def test_a_replacement_under_a_taken_name_changes_nothing(
    store: ProtectionGroupStore, count: int
) -> None:
    before = group("grp_a", servers(1))
    store.create(before)
    store.create(group("grp_b", servers(1, first=1000), name="taken"))

    with pytest.raises(NameTaken, match="grp_b"):
        store.replace(before, group("grp_a", servers(count), name="Taken").changed(version=2))

    assert store.get("grp_a") == before
    assert claimed_by(store, "grp_a") == servers(1)


def test_a_group_may_move_to_another_region(store: ProtectionGroupStore) -> None:
    before = group("grp_a", servers(2))
    after = before.changed(region="eu-west-1", version=2)
    store.create(before)

    store.replace(before, after)

    assert store.claims(PLACE) == {}
    assert set(store.claims(after.place)) == set(servers(2))


@pytest.mark.parametrize("count", [1, MANY])
def test_only_the_latest_version_can_be_replaced_or_deleted(
    store: ProtectionGroupStore, count: int
) -> None:
    before = group("grp_a", servers(count))
    store.create(before)
    store.replace(before, before.changed(description="changed", version=2))

    with pytest.raises(StaleVersion):
        store.replace(before, before.changed(description="lost", version=2))
    with pytest.raises(StaleVersion):
        store.delete(before)

    assert store.get("grp_a").description == "changed"
    assert claimed_by(store, "grp_a") == servers(count)


@pytest.mark.parametrize("writes", range(6))
def test_a_replacement_that_was_cut_off_can_be_repeated(items: Items, writes: int) -> None:
    before = group("grp_a", servers(MANY))
    after = group("grp_a", servers(MANY, first=95)).changed(version=2)
    store = ProtectionGroupStore(items)
    store.create(before)
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(items, writes)).replace(before, after)

    seen = store.get("grp_a")
    assert set(seen.source_server_ids) <= set(claimed_by(store, "grp_a"))
    store.replace(seen, after.changed(version=seen.version + 1))

    assert claimed_by(store, "grp_a") == servers(MANY, first=95)


@pytest.mark.parametrize("count", [1, 90, MANY])
def test_a_deleted_group_gives_its_servers_and_its_name_back(
    store: ProtectionGroupStore, count: int
) -> None:
    store.create(group("grp_a", servers(count), name="name"))

    store.delete(store.get("grp_a"))

    with pytest.raises(GroupNotFound):
        store.get("grp_a")
    store.create(group("grp_b", servers(count), name="name"))


@pytest.mark.parametrize("writes", range(5))
def test_a_deletion_that_was_cut_off_never_frees_servers_of_an_active_group(
    items: Items, writes: int
) -> None:
    store = ProtectionGroupStore(items)
    store.create(group("grp_a", servers(MANY)))
    with pytest.raises(StoreUnavailable):
        ProtectionGroupStore(CutOffItems(items, writes)).delete(store.get("grp_a"))

    left = store.get("grp_a")
    if left.status is GroupStatus.ACTIVE:
        assert claimed_by(store, "grp_a") == servers(MANY)
    store.delete(left)

    assert store.claims(PLACE) == {}


@pytest.mark.parametrize(
    ("count", "writes"), [*((3, i) for i in range(2)), *((MANY, i) for i in range(4))]
)
def test_a_request_that_another_one_overtook_stops_and_takes_nothing_along(
    items: Items, count: int, writes: int
) -> None:
    store = ProtectionGroupStore(items)
    before = group("grp_a", servers(1))
    store.create(before)
    fast = before.changed(description="fast", version=2)
    slow = group("grp_a", servers(count)).changed(version=2)

    with pytest.raises(StaleVersion):
        ProtectionGroupStore(
            _Overtaken(items, writes, lambda: store.replace(before, fast))
        ).replace(before, slow)

    assert store.get("grp_a") == fast
    assert claimed_by(store, "grp_a") == servers(1)


class _Overtaken(CutOffItems):
    """Lets another request through before one of the writes."""

    def __init__(self, items: Items, writes: int, other: Callable[[], None]) -> None:
        super().__init__(items, writes=-1)
        self._before = writes
        self._other = other

    def write(self, *writes: Write) -> None:
        if self._before == 0:
            self._other()
        self._before -= 1
        super().write(*writes)
