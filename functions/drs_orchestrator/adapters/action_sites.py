"""What runs actions, wherever the product may act."""

from __future__ import annotations

from functools import partial

import boto3

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.automations import BotoAutomations
from drs_orchestrator.adapters.functions import BotoFunctions
from drs_orchestrator.adapters.per_session import PerSession
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place


class BotoActionSites:
    """Fulfils the port `ActionSites`."""

    def __init__(self, sessions: Sessions) -> None:
        self._automations = PerSession(sessions, _automations)
        self._functions = PerSession(sessions, _functions)

    def automations(self, place: Place) -> BotoAutomations:
        """Return Automation of an account and Region; raise AccountUnreachable."""
        return self._automations.at(place)

    def functions(self, place: Place) -> BotoFunctions:
        """Return the functions of an account and Region; raise AccountUnreachable."""
        return self._functions.at(place)


def _automations(place: Place, session: boto3.Session) -> BotoAutomations:
    return BotoAutomations(place, partial(clients.automations, session))


def _functions(place: Place, session: boto3.Session) -> BotoFunctions:
    return BotoFunctions(place, partial(clients.functions, session))
