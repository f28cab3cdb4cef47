"""DRS wherever the product may act."""

from __future__ import annotations

from functools import partial

import boto3

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.per_session import PerSession
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place


class Sites:
    """Fulfils the port `DisasterRecoverySites`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._sites = PerSession(sessions, _disaster_recovery)

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        return self._sessions.home

    def at(self, place: Place) -> BotoDisasterRecovery:
        """Return DRS of an account and Region; raise AccountUnreachable."""
        return self._sites.at(place)


def _disaster_recovery(place: Place, session: boto3.Session) -> BotoDisasterRecovery:
    return BotoDisasterRecovery(
        place, partial(clients.drs_reads, session), partial(clients.drs_launches, session)
    )
