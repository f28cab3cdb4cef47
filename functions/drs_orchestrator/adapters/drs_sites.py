"""DRS wherever the product may act."""

from __future__ import annotations

from functools import partial

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place


class Sites:
    """Fulfils the port `DisasterRecoverySites`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._sites: dict[Place, BotoDisasterRecovery] = {}

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        return self._sessions.home

    def at(self, place: Place) -> BotoDisasterRecovery:
        """Return DRS of an account and Region; raise AccountUnreachable."""
        session = self._sessions.at(place)
        if place not in self._sites:
            self._sites[place] = BotoDisasterRecovery(
                place, partial(clients.drs_reads, session), partial(clients.drs_launches, session)
            )
        return self._sites[place]
