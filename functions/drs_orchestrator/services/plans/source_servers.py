"""List source servers with the protection group that each belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.server import Place, SourceServer
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.protection_groups import Claim, ProtectionGroups

_GROUPS_AT_ONCE = 100


class ListSourceServers:
    """What DRS replicates, and what of it nobody has put into a group yet."""

    def __init__(self, groups: ProtectionGroups, sites: DisasterRecoverySites) -> None:
        self._groups = groups
        self._sites = sites

    def at(self, account_id: str | None = None, region: str | None = None) -> list[SourceServer]:
        """Return the servers of an account and Region; the product's own are the defaults.

        A server belongs to the group that names it, else to the first whose tags select it now.
        Raises AccountUnreachable or DrsUnavailable.
        """
        home = self._sites.home()
        place = Place(account_id or home.account_id, region or home.region)
        servers = self._sites.at(place).source_servers()
        claims = self._groups.claims(place)
        by_tags = [group for group in self._all_groups() if group.server_selection_tags]
        return [
            _with_group(server, claims.get(server.source_server_id), by_tags) for server in servers
        ]

    def _all_groups(self) -> Iterator[ProtectionGroup]:
        token: str | None = None
        while True:
            groups, token = self._groups.page(_GROUPS_AT_ONCE, token)
            yield from groups
            if token is None:
                return


def _with_group(
    server: SourceServer, claim: Claim | None, by_tags: list[ProtectionGroup]
) -> SourceServer:
    if claim:
        return server.changed(group_id=claim.group_id, group_name=claim.group_name)
    selecting = next((group for group in by_tags if group.selects(server)), None)
    if selecting:
        return server.changed(group_id=selecting.group_id, group_name=selecting.name)
    return server
