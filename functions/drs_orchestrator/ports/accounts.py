"""Where the entries of accounts are kept."""

from __future__ import annotations

from typing import Protocol

from drs_orchestrator.domain.account import Account
from drs_orchestrator.ports.page import Page


class Accounts(Protocol):
    """Stored accounts, by their ids."""

    def find(self, account_id: str) -> Account | None:
        """Return the account's entry, if it has one."""
        ...

    def get(self, account_id: str) -> Account:
        """Return the account's entry; raise AccountNotFound."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[Account]:
        """Return accounts in the order of their ids."""
        ...

    def create(self, account: Account) -> Account:
        """Store an entry and return it; raise AccountExists.

        Its version is above all that an entry of the account has ever had.
        """
        ...

    def replace(self, before: Account, after: Account) -> None:
        """Store a new version; raise StaleVersion or AccountNotFound."""
        ...

    def delete(self, account: Account) -> None:
        """Remove the entry; raise StaleVersion or AccountNotFound."""
        ...
