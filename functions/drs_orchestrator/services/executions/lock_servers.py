"""Lock servers: a server belongs to one live execution at the most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from drs_orchestrator.domain.errors import ExecutionNotFound, ServersLocked
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.server import ServerKey
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.locks import Locks
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.waves.running_jobs import running_jobs


class LockServers:
    """All or nothing, across plans and executions; locks do not expire, they are released."""

    def __init__(
        self, locks: Locks, executions: Executions, sites: DisasterRecoverySites, clock: Clock
    ) -> None:
        self._locks = locks
        self._executions = executions
        self._sites = sites
        self._clock = clock

    def take(self, execution: Execution, servers: Sequence[ServerKey]) -> None:
        """Lock all servers for the execution that is being prepared; raise ServersLocked and hold
        none of them, or StaleVersion if another attempt to prepare it has taken over.

        The lock of an execution that has ended without releasing it is taken over once no job of
        the server runs, and none can be one that DRS does not list yet: proof that nothing of it
        lives.
        """
        id_, fence = execution.execution_id, execution.preparation
        while others := self._locks.take(id_, servers, preparation=fence):
            alive = self._alive(others)
            if alive:
                self._locks.release(id_, servers, preparation=fence)
                raise _locked(alive)
            for holder in sorted(set(others.values())):
                self._locks.release(holder, [s for s, h in others.items() if h == holder])

    def refuse_if_locked(self, servers: Sequence[ServerKey]) -> None:
        """Raise ServersLocked if a live execution holds one of the servers."""
        alive = self.held(servers)
        if alive:
            raise _locked(alive)

    def held(self, servers: Sequence[ServerKey]) -> dict[ServerKey, str]:
        """Return the live execution that holds each held one among the servers."""
        holders = self._locks.holders(servers)
        ended = {holder for holder in sorted(set(holders.values())) if self._has_ended(holder)}
        return {server: holder for server, holder in holders.items() if holder not in ended}

    def holds(self, execution_id: str) -> bool:
        """Whether the execution holds any server."""
        servers = sorted({server.key for server in self._executions.servers(execution_id)})
        return execution_id in self._locks.holders(servers).values()

    def give_back(self, execution: Execution, *, keep: Collection[ServerKey]) -> None:
        """Unlock what the execution's present snapshot names, but what the next one keeps.

        Raises StaleVersion if another attempt to prepare it has taken over.
        """
        id_ = execution.execution_id
        servers = {server.key for server in self._executions.servers(id_)}
        given = sorted(servers.difference(keep))
        self._locks.release(id_, given, preparation=execution.preparation)

    def release(self, execution_id: str) -> None:
        """Unlock the execution's servers but those on whose jobs DRS may still be working."""
        busy = {
            ServerKey(intent.place, each)
            for intent in self._executions.intents(execution_id)
            if intent.status.may_have_job
            for each in intent.source_server_ids
        }
        servers = {server.key for server in self._executions.servers(execution_id)}
        self._locks.release(execution_id, sorted(servers - busy))

    def _alive(self, others: Mapping[ServerKey, str]) -> dict[ServerKey, str]:
        """Return the locks among `others` whose execution, or whose job in DRS, still runs."""
        running = {h for h in sorted(set(others.values())) if not self._has_ended(h)}
        busy = self._busy(others)
        return {s: h for s, h in others.items() if h in running or s in busy}

    def _has_ended(self, execution_id: str) -> bool:
        try:
            return self._executions.get(execution_id).status.is_final
        except ExecutionNotFound:
            return True

    def _busy(self, others: Mapping[ServerKey, str]) -> set[ServerKey]:
        """Return the servers that a running job holds, or one that DRS may not list yet."""
        now = self._clock.now()
        launches = [
            intent
            for holder in sorted(set(others.values()))
            for intent in self._executions.intents(holder)
            if intent.status.may_have_job
        ]
        busy: set[ServerKey] = set()
        for place in sorted({server.place for server in others}):
            here = [intent for intent in launches if intent.place == place]
            # A job may hang for days.
            named = {intent.job_id for intent in here if intent.job_id}
            jobs = running_jobs(self._sites.at(place), named, now)
            unlisted = [i for i in here if i.job_id not in jobs and not i.is_lost(now)]
            ids = {each for job in jobs.values() if job.is_active for each in job.launch_status}
            ids |= {each for intent in unlisted for each in intent.source_server_ids}
            busy |= {ServerKey(place, each) for each in ids}
        return busy


def _locked(alive: Mapping[ServerKey, str]) -> ServersLocked:
    server, holder = min(alive.items())
    return ServersLocked(
        f"{len(alive)} servers belong to another execution, first {server.source_server_id} in "
        f"{server.place} to '{holder}', which runs or whose DRS jobs do; wait for their end"
    )
