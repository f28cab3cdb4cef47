"""Read and edit the accounts that the product may act in."""

from __future__ import annotations

from collections.abc import Collection

from drs_orchestrator.domain.account import Account, AccountSpec, Reachability, check_trust
from drs_orchestrator.domain.errors import DrsDenied, Unavailable
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.accounts import Accounts
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.page import Page
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.plans.expected_version import check_version


class EditAccounts:
    """An entry may go at any time: that is how an account is cut off from the product."""

    def __init__(self, accounts: Accounts, sites: DisasterRecoverySites, clock: Clock) -> None:
        self._accounts = accounts
        self._sites = sites
        self._clock = clock

    def get(self, account_id: str) -> Account:
        """Return the account; raise AccountNotFound."""
        return self._accounts.get(account_id)

    def page(self, limit: int, next_token: str | None = None) -> Page[Account]:
        """Return accounts in the order of their ids."""
        return self._accounts.page(limit, next_token)

    def create(self, account_id: str, spec: AccountSpec) -> Account:
        """Store the entry of an account that has none; raise InvalidRequest or AccountExists."""
        self._check(account_id, spec)
        return self._accounts.create(Account(**dict(spec), account_id=account_id))

    def replace(
        self, account_id: str, spec: AccountSpec, expected: Collection[int] | None
    ) -> Account:
        """Store a new version; `expected` are the versions it may replace, None any.

        Raises AccountNotFound, StaleVersion or InvalidRequest.
        """
        before = self._accounts.get(account_id)
        check_version(f"the entry of account {account_id}", before.version, expected)
        self._check(account_id, spec)
        after = Account(**dict(spec), account_id=account_id, version=before.version + 1)
        self._accounts.replace(before, after)
        return after

    def delete(self, account_id: str, expected: Collection[int] | None) -> None:
        """Remove the entry; raise AccountNotFound or StaleVersion.

        What an execution still has to start in the account is held from then on.
        """
        account = self._accounts.get(account_id)
        check_version(f"the entry of account {account_id}", account.version, expected)
        self._accounts.delete(account)

    def reachability(self, account_id: str, region: str) -> Reachability:
        """Return whether DRS answers in the account and Region, asked now with the least call."""
        reason: str | None = None
        try:
            self._sites.at(Place(account_id, region)).jobs_since(self._clock.now())
        except (Unavailable, DrsDenied) as error:
            reason = str(error)
        return Reachability(
            account_id=account_id, region=region, reachable=reason is None, reason=reason
        )

    def _check(self, account_id: str, spec: AccountSpec) -> None:
        check_trust(account_id, spec, self._sites.home().account_id)
