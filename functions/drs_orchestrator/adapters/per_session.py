"""What is made from the session of a place, and lives as long as that session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import boto3

from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place

T = TypeVar("T")


class PerSession(Generic[T]):
    """One thing per account and Region, made anew by `make` when the place has a new session.

    Clients carry the credentials of the session that they were made from.
    """

    def __init__(self, sessions: Sessions, make: Callable[[Place, boto3.Session], T]) -> None:
        self._sessions = sessions
        self._make = make
        self._made: dict[Place, tuple[boto3.Session, T]] = {}

    def at(self, place: Place) -> T:
        """Return the thing of an account and Region; raise AccountUnreachable."""
        session = self._sessions.at(place)
        made = self._made.get(place)
        if made is None or made[0] is not session:
            made = session, self._make(place, session)
            self._made[place] = made
        return made[1]
