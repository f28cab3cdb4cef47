"""What runs actions, wherever the product may act."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import boto3

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.automations import BotoAutomations
from drs_orchestrator.adapters.functions import BotoFunctions
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place


class _Site(NamedTuple):
    session: boto3.Session
    automations: BotoAutomations
    functions: BotoFunctions


class BotoActionSites:
    """Fulfils the port `ActionSites`. New credentials of a place make new clients."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._sites: dict[Place, _Site] = {}

    def automations(self, place: Place) -> BotoAutomations:
        """Return Automation of an account and Region; raise AccountUnreachable."""
        return self._at(place).automations

    def functions(self, place: Place) -> BotoFunctions:
        """Return the functions of an account and Region; raise AccountUnreachable."""
        return self._at(place).functions

    def _at(self, place: Place) -> _Site:
        session = self._sessions.at(place)
        site = self._sites.get(place)
        if site is None or site.session is not session:
            site = _Site(
                session,
                BotoAutomations(place, partial(clients.automations, session)),
                BotoFunctions(place, partial(clients.functions, session)),
            )
            self._sites[place] = site
        return site
