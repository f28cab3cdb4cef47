"""Locks of servers in the Executions table: an item `LOCK#<account>#<region>#<server>` each."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.executions.items import is_prepared
from drs_orchestrator.adapters.items import (
    CHUNK,
    Absent,
    Check,
    ConditionFailedError,
    Delete,
    Items,
    Key,
    OneOf,
    Put,
    Write,
)
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.server import ServerKey


class LockStore:
    """Fulfils the port `Locks`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def holders(self, servers: Sequence[ServerKey]) -> dict[ServerKey, str]:
        """Return the execution that holds each locked one among the servers."""
        found = self._items.get_many([_key(server) for server in servers])
        return {
            server: found[_key(server)]["executionId"]
            for server in servers
            if _key(server) in found
        }

    def take(
        self, execution_id: str, servers: Sequence[ServerKey], *, preparation: str | None = None
    ) -> dict[ServerKey, str]:
        """Lock servers in sorted chunks, up to the first chunk that others hold a part of.

        Returns the holders of that part; none: the execution holds all servers.
        """
        ordered = sorted(servers)
        fence = _fence(execution_id, preparation)
        for start in range(0, len(ordered), CHUNK):
            others = self._take_chunk(execution_id, ordered[start : start + CHUNK], fence)
            if others:
                return others
        return {}

    def release(
        self, execution_id: str, servers: Sequence[ServerKey], *, preparation: str | None = None
    ) -> None:
        """Unlock those of the servers that the execution holds."""
        ordered = sorted(servers)
        fence = _fence(execution_id, preparation)
        for start in range(0, len(ordered), CHUNK):
            deletions = [_release(execution_id, each) for each in ordered[start : start + CHUNK]]
            try:
                self._write(fence, deletions)
            except ConditionFailedError as error:
                held = [d for i, d in enumerate(deletions) if i + len(fence) not in error.failed]
                for deletion in held:
                    self._release_if_held(fence, deletion)

    def _take_chunk(
        self, execution_id: str, servers: Sequence[ServerKey], fence: Sequence[Check]
    ) -> dict[ServerKey, str]:
        """Lock all or none of what the execution does not hold yet; return others' holders."""
        while True:
            held = self.holders(servers)
            others = {server: holder for server, holder in held.items() if holder != execution_id}
            free = [server for server in servers if server not in held]
            if others or not free:
                return others
            record = {"executionId": execution_id}
            try:
                self._write(fence, [Put(_key(server), record, (Absent(),)) for server in free])
            except ConditionFailedError:
                continue  # somebody was faster; see who
            return {}

    def _release_if_held(self, fence: Sequence[Check], deletion: Delete) -> None:
        try:
            self._write(fence, [deletion])
        except ConditionFailedError:
            return

    def _write(self, fence: Sequence[Check], writes: Sequence[Write]) -> None:
        try:
            self._items.write(*fence, *writes)
        except ConditionFailedError as error:
            if fence and 0 in error.failed:
                raise StaleVersion("another took over, or ends, the execution") from error
            raise


def _fence(execution_id: str, preparation: str | None) -> tuple[Check, ...]:
    return () if preparation is None else (is_prepared(execution_id, preparation),)


def _key(server: ServerKey) -> Key:
    place = server.place
    return Key(f"LOCK#{place.account_id}#{place.region}#{server.source_server_id}", "LOCK")


def _release(execution_id: str, server: ServerKey) -> Delete:
    return Delete(_key(server), (OneOf("executionId", [execution_id]),))
