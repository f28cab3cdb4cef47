"""Where protection groups are kept."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.page import Page


class Claim(NamedTuple):
    """Which group holds a server."""

    source_server_id: str
    group_id: str
    group_name: str


class ProtectionGroups(Protocol):
    """Stored protection groups; a server and a name belong to one group only."""

    def get(self, group_id: str) -> ProtectionGroup:
        """Return the group; raise GroupNotFound."""
        ...

    def find(self, name: str) -> ProtectionGroup | None:
        """Return the group of this name, ignoring case."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[ProtectionGroup]:
        """Return groups in the order of their ids."""
        ...

    def claims(self, place: Place) -> dict[str, Claim]:
        """Return every claimed server of the place by its id."""
        ...

    def create(self, group: ProtectionGroup) -> None:
        """Store a new group with its claims; raise NameTaken or ServersInOtherGroup."""
        ...

    def hold(self, group: ProtectionGroup) -> int:
        """Make it CHANGING: nothing starts from it until it is replaced, or let go with the number
        that is returned. Raises StaleVersion.
        """
        ...

    def let_go(self, group: ProtectionGroup, held: int) -> None:
        """Make it ACTIVE again, as it was; raise StaleVersion if somebody else changes it now."""
        ...

    def replace(
        self, before: ProtectionGroup, after: ProtectionGroup, hold: int | None = None
    ) -> None:
        """Store a new version; `hold`: the number of the caller's, who holds it.

        Raises StaleVersion, NameTaken or ServersInOtherGroup.
        """
        ...

    def delete(self, group: ProtectionGroup) -> None:
        """Remove the group with its claims; raise StaleVersion."""
        ...
