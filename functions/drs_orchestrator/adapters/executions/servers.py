"""Servers of executions: each verdict is written once an attempt."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.executions.items import is_at_its_health, partition, server_key
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import CHUNK, Absent, Change, OneOf, Put
from drs_orchestrator.adapters.partial_write import write_as_far_as_possible, write_if_possible
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict


class Servers(Part):
    """This part of the port `Executions`."""

    def servers(self, execution_id: str, wave: str | None = None) -> list[RecoveredServer]:
        """Return the servers of one wave or of all."""
        prefix = f"SERVER#{wave}#" if wave else "SERVER#"
        records = self._items.query(partition(execution_id), prefix)
        return [RecoveredServer.model_validate(record) for record in records]

    def save_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write servers; one that has its verdict already, or is another attempt's, stays."""
        writes = [verdict_write(execution_id, each) for each in servers]
        for start in range(0, len(writes), CHUNK):
            write_as_far_as_possible(self._items, writes[start : start + CHUNK])

    def save_health(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write verdict and health of servers of one wave that are LAUNCHED by the same attempt as
        stored; none once the wave has left its health checks.
        """
        writes = [_health_write(execution_id, each) for each in servers]
        for start in range(0, len(writes), CHUNK):
            at_its_health = is_at_its_health(execution_id, servers[0].wave)
            write_as_far_as_possible(self._items, writes[start : start + CHUNK], at_its_health)

    def reopen_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Replace servers of earlier attempts that did not come up."""
        lost = [ServerVerdict.FAILED.value, ServerVerdict.SKIPPED.value]
        for each in servers:
            earlier = OneOf("attempt", range(each.attempt))
            write_if_possible(
                self._items,
                Put(
                    server_key(execution_id, each),
                    each.document(),
                    (OneOf("verdict", lost), earlier),
                ),
            )


def verdict_write(execution_id: str, server: RecoveredServer) -> Put:
    """Return the write of a server that has no verdict yet in this attempt."""
    conditions = (Absent("verdict"), OneOf("attempt", [server.attempt]))
    return Put(server_key(execution_id, server), server.document(), conditions)


def _health_write(execution_id: str, server: RecoveredServer) -> Change:
    """Return the write that leaves alone a server whose verdict or attempt is another by now."""
    document = server.document()
    return Change(
        server_key(execution_id, server),
        {name: document[name] for name in ("verdict", "health") if name in document},
        conditions=(
            OneOf("verdict", [ServerVerdict.LAUNCHED.value]),
            OneOf("attempt", [server.attempt]),
        ),
    )
