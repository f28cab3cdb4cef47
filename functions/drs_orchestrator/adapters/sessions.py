"""Credentials for every account and Region that the product acts in."""

from __future__ import annotations

import boto3

from drs_orchestrator.domain.errors import AccountUnreachable
from drs_orchestrator.domain.server import Place


class Sessions:
    """One session per account and Region: all clients of a place are made from it.

    `home` is the account and Region that the product runs in.
    """

    def __init__(self, home: Place) -> None:
        self.home = home
        self._sessions: dict[Place, boto3.Session] = {}

    def at(self, place: Place) -> boto3.Session:
        """Return the session of an account and Region; raise AccountUnreachable."""
        if place.account_id != self.home.account_id:
            raise AccountUnreachable(
                f"{place} is out of reach: only account {self.home.account_id} is set up; "
                "deploy the orchestrator there, or correct accountId"
            )
        if place not in self._sessions:
            self._sessions[place] = boto3.Session(region_name=place.region)
        return self._sessions[place]
