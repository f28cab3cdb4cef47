"""Accounts in their table.

| item    | pk                | sk            | attributes                        |
|---------|-------------------|---------------|-----------------------------------|
| entry   | `ACCOUNT`         | `<accountId>` | the entry                         |
| removed | `REMOVED-ACCOUNT` | `<accountId>` | `version`, the last of the entry  |

Of an account at most one of the two is there. Versions go on after a removal, or who has read an
entry would replace another one that was made since under the same ETag.
"""

from __future__ import annotations

from drs_orchestrator.adapters.explained_write import write_or_explain
from drs_orchestrator.adapters.items import Absent, Delete, Items, Key, OneOf, Put
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.errors import AccountExists, AccountNotFound, StaleVersion
from drs_orchestrator.ports.page import Page

ACCOUNTS = "ACCOUNT"


class AccountStore:
    """Fulfils the port `Accounts`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def find(self, account_id: str) -> Account | None:
        """Return the account's entry, if it has one."""
        record = self._items.get(_key(account_id))
        return Account.model_validate(record) if record else None

    def get(self, account_id: str) -> Account:
        """Return the account's entry."""
        account = self.find(account_id)
        if account is None:
            raise AccountNotFound(
                f"account {account_id} has no entry; add it with PUT /api/v1/accounts/{account_id}"
            )
        return account

    def page(self, limit: int, next_token: str | None) -> Page[Account]:
        """Return accounts in the order of their ids."""
        records, token = self._items.page(ACCOUNTS, limit, next_token)
        return Page([Account.model_validate(record) for record in records], token)

    def create(self, account: Account) -> Account:
        """Store an entry; its version is the one after those that were removed."""
        removed = self._items.get(_removed_key(account.account_id))
        after = account.changed(version=removed["version"] + 1) if removed else account
        same = OneOf("version", [removed["version"]]) if removed else Absent()

        def explain() -> None:
            if self.find(account.account_id):
                raise AccountExists(
                    f"account {account.account_id} has an entry already; to replace it, send its "
                    "ETag as If-Match, or * for any version"
                )

        write_or_explain(
            self._items,
            explain,
            Put(_key(after.account_id), after.document(), (Absent(),)),
            Delete(_removed_key(after.account_id), (same,)),
        )
        return after

    def replace(self, before: Account, after: Account) -> None:
        """Store a new version."""
        put = Put(_key(after.account_id), after.document(), (OneOf("version", [before.version]),))
        write_or_explain(self._items, lambda: self._refuse_other_version(before), put)

    def delete(self, account: Account) -> None:
        """Remove the entry; its version is kept."""
        write_or_explain(
            self._items,
            lambda: self._refuse_other_version(account),
            Delete(_key(account.account_id), (OneOf("version", [account.version]),)),
            Put(_removed_key(account.account_id), {"version": account.version}),
        )

    def _refuse_other_version(self, account: Account) -> None:
        if self.get(account.account_id).version != account.version:
            raise StaleVersion(
                f"the entry of account {account.account_id} was changed since version "
                f"{account.version} was read; read it again and repeat the change"
            )


def _key(account_id: str) -> Key:
    return Key(ACCOUNTS, account_id)


def _removed_key(account_id: str) -> Key:
    return Key("REMOVED-ACCOUNT", account_id)
