"""DRS wherever the product may act."""

from __future__ import annotations

from functools import partial

import boto3

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place


class Sites:
    """Fulfils the port `DisasterRecoverySites`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._sites: dict[Place, tuple[boto3.Session, BotoDisasterRecovery]] = {}

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        return self._sessions.home

    def at(self, place: Place) -> BotoDisasterRecovery:
        """Return DRS of an account and Region; raise AccountUnreachable."""
        session = self._sessions.at(place)
        made_from, drs = self._sites.get(place, (None, None))
        if drs is None or made_from is not session:
            drs = BotoDisasterRecovery(
                place, partial(clients.drs_reads, session), partial(clients.drs_launches, session)
            )
            self._sites[place] = session, drs
        return drs
