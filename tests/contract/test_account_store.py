"""Accounts as they are stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drs_orchestrator.adapters.account_store import AccountStore
from drs_orchestrator.adapters.items import Items, Write
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.errors import (
    AccountExists,
    AccountNotFound,
    StaleVersion,
    StoreUnavailable,
)
from tests.contract.cut_off_items import CutOffItems

_ID = "444455556666"


class _Overtaken(CutOffItems):
    """Lets another request go first."""

    def __init__(self, items: Items, other: Callable[[], None]) -> None:
        super().__init__(items, writes=10)
        self._others = [other]

    def write(self, *writes: Write) -> None:
        """Write after the other."""
        while self._others:
            self._others.pop()()
        super().write(*writes)


@pytest.fixture
def store(items: Items) -> AccountStore:
    return AccountStore(items)


def account(account_id: str = _ID, version: int = 1, name: str = "Shop") -> Account:
    return Account(
        account_id=account_id, name=name, external_id="shop-7f3a-0815-4711", version=version
    )


def test_a_created_account_is_found(store: AccountStore) -> None:
    store.create(account())

    assert store.get(_ID) == store.find(_ID) == account()


def test_an_unknown_account_is_not_found_and_the_remedy_is_named(store: AccountStore) -> None:
    assert store.find(_ID) is None
    with pytest.raises(AccountNotFound, match=f"PUT /api/v1/accounts/{_ID}"):
        store.get(_ID)


def test_an_account_is_created_once(store: AccountStore) -> None:
    store.create(account())

    with pytest.raises(AccountExists, match="If-Match"):
        store.create(account(name="Other"))

    assert store.get(_ID).name == "Shop"


def test_only_the_latest_version_can_be_replaced_or_deleted(store: AccountStore) -> None:
    store.create(account())
    store.replace(account(), account(version=2, name="Store"))

    with pytest.raises(StaleVersion, match=_ID):
        store.replace(account(), account(version=2, name="Lost"))
    with pytest.raises(StaleVersion, match=_ID):
        store.delete(account())
    assert store.get(_ID).name == "Store"

    store.delete(account(version=2))
    assert store.find(_ID) is None


def test_the_versions_of_an_account_go_on_after_it_was_removed(store: AccountStore) -> None:
    store.create(account())
    store.replace(account(), account(version=2))
    store.delete(account(version=2))

    assert store.create(account()) == store.get(_ID) == account(version=3)

    store.delete(account(version=3))
    assert store.create(account()).version == 4


def test_a_version_is_not_given_twice_though_another_entry_came_and_went_meanwhile(
    store: AccountStore, items: Items
) -> None:
    store.create(account())
    store.delete(account())

    def come_and_go() -> None:
        store.delete(store.create(account(name="Rival")))

    with pytest.raises(StoreUnavailable, match="try again"):
        AccountStore(_Overtaken(items, come_and_go)).create(account())

    assert store.create(account()).version == 3


def test_accounts_are_listed_by_their_ids(store: AccountStore) -> None:
    for number in (3, 1, 2):
        store.create(account(f"{number}" * 12))

    first, token = store.page(2, None)
    rest, end = store.page(2, token)

    assert [each.account_id[0] for each in (*first, *rest)] == ["1", "2", "3"]
    assert end is None
