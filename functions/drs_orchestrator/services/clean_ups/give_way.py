"""A clean-up can wait: it gives way to whoever recovers."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.termination import Termination
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.executions.lock_servers import LockServers


class GiveWay:
    """A TERMINATE job takes DRS's room as a launch does, and busies its servers as one does."""

    def __init__(self, executions: Executions, ledgers: Ledgers, lock_servers: LockServers) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._lock_servers = lock_servers

    def __call__(self, ready: Sequence[Termination]) -> list[Termination]:
        """Return those that must wait, each with the reason.

        The server of one is held by a live execution, or a recovery waits for room in its place:
        the next of many TERMINATE jobs must not take the room that the last one has given back.
        """
        held = self._lock_servers.held([each.key for each in ready])
        waiting = self._recoveries_in_queue({each.place for each in ready})
        found: list[Termination] = []
        for each in ready:
            if each.key in held:
                reason = f"the server is held by execution '{held[each.key]}'"
            elif each.place in waiting:
                reason = f"execution '{waiting[each.place]}' waits for room in DRS"
            else:
                continue
            found.append(each.changed(reason=reason))
        return found

    def _recoveries_in_queue(self, places: set[Place]) -> dict[Place, str]:
        """Return a recovery that waits for room, by its place."""
        waiting: dict[Place, str] = {}
        for place in sorted(places):
            queue = self._ledgers.read(place).queue
            names = {each.execution_id for each in queue if not each.execution_type.is_drill}
            # What has ended may have left an entry, which only the next launch would take away.
            live = (name for name in sorted(names) if self._starts_something(name))
            if name := next(live, None):
                waiting[place] = name
        return waiting

    def _starts_something(self, execution_id: str) -> bool:
        return not self._executions.get(execution_id).starts_nothing
