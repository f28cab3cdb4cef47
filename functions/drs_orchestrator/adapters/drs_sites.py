"""DRS wherever the product may act."""

from __future__ import annotations

from functools import partial

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.domain.errors import AccountUnreachable
from drs_orchestrator.domain.server import Place


class Sites:
    """Fulfils the port `DisasterRecoverySites` with the product's own account, in any Region."""

    def __init__(self, home: Place) -> None:
        self._home = home
        self._sites: dict[str, BotoDisasterRecovery] = {}

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        return self._home

    def at(self, place: Place) -> BotoDisasterRecovery:
        """Return DRS of a Region of the product's account."""
        if place.account_id != self._home.account_id:
            raise AccountUnreachable(
                f"{place} is out of reach: only account {self._home.account_id} is set up; "
                "deploy the orchestrator there, or correct accountId"
            )
        if place.region not in self._sites:
            self._sites[place.region] = BotoDisasterRecovery(
                place,
                partial(clients.drs_reads, place.region),
                partial(clients.drs_launches, place.region),
            )
        return self._sites[place.region]
