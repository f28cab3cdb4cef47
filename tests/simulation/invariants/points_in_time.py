"""Servers are launched as they were at the moment that a start named (I12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drs_orchestrator.domain.point_in_time import wanted_for
from local.drs.ids import regional_id
from tests.simulation.evidence import Evidence, key_of
from tests.simulation.stored import execution_of


def launches_are_of_their_point_in_time(now: Evidence) -> Iterator[str]:
    """I12: DRS was told to launch each server from the snapshot that its intent names, which is
    one of the moment that the start named, or of none where it named none.
    """
    for call in now.calls:
        tags = call.params.get("tags", {})
        records = now.executions.get(tags.get("drsorc:execution", ""))
        if call.operation != "StartRecovery" or records is None:
            continue
        intent = records.intents[key_of(tags)]
        points = execution_of(records).point_in_time
        for each in call.params["sourceServers"]:
            server, sent = each["sourceServerID"], each.get("recoverySnapshotID")
            is_dated = wanted_for(server, points) != "LATEST"
            if sent != intent.get("snapshotIds", {}).get(server) or is_dated != (sent is not None):
                yield f"I12: {server} was launched from {sent or 'the latest state'}"


def pins_are_old_enough(now: Evidence) -> Iterator[str]:
    """I12: the snapshot that a server is pinned to is of the time on record, and that is not later
    than the start named.
    """
    for name, records in now.executions.items():
        points = execution_of(records).point_in_time
        for server in records.servers.values():
            pin = server.get("snapshotId")
            if pin is None:
                continue
            id_, taken = server["sourceServerId"], datetime.fromisoformat(server["snapshotTime"])
            moment = wanted_for(id_, points)
            true_id = regional_id("pit", server["region"], id_, int(taken.timestamp()))
            if moment == "LATEST" or taken > moment or pin != true_id:
                yield f"I12: {id_} of {name} is pinned to {pin} of {taken}"
