"""Whether the servers that groups name exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from drs_orchestrator.domain.errors import AccountUnreachable, Fault
from drs_orchestrator.domain.protection_group import ProtectionGroupSpec
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites

Groups = Mapping[str, ProtectionGroupSpec]
"""Groups by the JSON pointer of where they stand in the request; "" is the whole request."""


def find_unknown_servers(groups: Groups, sites: DisasterRecoverySites) -> list[Fault]:
    """Return a fault for every place out of reach and every server that DRS does not know.

    Asks DRS once per account and Region; raises DrsUnavailable.
    """
    places: defaultdict[Place, dict[str, ProtectionGroupSpec]] = defaultdict(dict)
    for pointer, group in groups.items():
        places[group.place][pointer] = group
    return [fault for place, some in places.items() for fault in _faults_at(place, some, sites)]


def _faults_at(place: Place, groups: Groups, sites: DisasterRecoverySites) -> Iterator[Fault]:
    try:
        drs = sites.at(place)
    except AccountUnreachable as error:
        yield from (Fault(f"{pointer}/accountId", str(error)) for pointer in groups)
        return
    wanted = {server for group in groups.values() for server in group.source_server_ids}
    known = {s.source_server_id for s in drs.source_servers(sorted(wanted))} if wanted else set()
    for pointer, group in groups.items():
        for i, server in enumerate(group.source_server_ids):
            if server not in known:
                yield Fault(
                    f"{pointer}/sourceServerIds/{i}",
                    f"DRS has no source server {server} in {place}; "
                    "correct the id, or install the replication agent on the server",
                )
