"""Which servers protection groups hold, read once for each place of a document."""

from __future__ import annotations

from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.protection_groups import Claim, ProtectionGroups


class Claims:
    """What groups hold is what they name, unless a change of one goes on or was cut off."""

    def __init__(self, groups: ProtectionGroups) -> None:
        self._groups = groups
        self._of_places: dict[Place, dict[str, Claim]] = {}

    def at(self, place: Place) -> dict[str, Claim]:
        """Return every held server of the place by its id."""
        if place not in self._of_places:
            self._of_places[place] = self._groups.claims(place)
        return self._of_places[place]

    def held_by(self, group: ProtectionGroup) -> set[str]:
        """Return the servers that the group holds in its place."""
        claims = self.at(group.place).values()
        return {each.source_server_id for each in claims if each.group_id == group.group_id}
