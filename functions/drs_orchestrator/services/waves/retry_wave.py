"""Retry a wave: new intents for the servers that did not come up, and for no other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.quota import cut_into_chunks
from drs_orchestrator.domain.server import RecoveredServer, ServerKey, ServerVerdict
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.preparation.pin_again import is_pinned, pin_again


class RetryWave:
    """May be done twice, and by two at once: the same servers go into the same intents."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, sites: DisasterRecoverySites
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._sites = sites

    def __call__(self, execution: Execution, wave: WaveRecord, attempt: int) -> None:
        """Take back the verdicts of the wave's lost servers and prepare their next launch.

        Servers whose launch is merely unsent need nothing: their intents still stand. One that was
        to be pinned and has no snapshot left fails by name; the others go on.
        """
        id_, points = execution.execution_id, execution.point_in_time
        lost = [
            _reopened(server, attempt)
            for server in self._executions.servers(id_, wave.name)
            if server.attempt < attempt and server.verdict and not server.verdict.is_up
        ]
        self._executions.reopen_servers(id_, pin_again(lost, points, self._sites))
        # Two may have found different snapshots. What was stored first counts for both, or they
        # would cut different chunks, and a server could stand in two of them.
        stored = self._executions.servers(id_, wave.name)
        for number in sorted({s.attempt for s in self._unprepared(id_, wave.name, stored)}):
            # All of them, or two who carry out one answer at once would cut different chunks.
            some = [s for s in stored if s.attempt == number and not s.verdict]
            launched = [s for s in some if is_pinned(s, points)]
            self._executions.add_intents(self._intents(execution, wave, number, launched))

    def _unprepared(
        self, execution_id: str, wave: str, servers: Sequence[RecoveredServer]
    ) -> list[RecoveredServer]:
        """Return the servers that have neither a verdict nor an intent: those that were reopened
        just now, and those of an earlier RETRY that could not be carried out to its end.
        """
        standing = {
            (intent.attempt, ServerKey(intent.place, id_))
            for intent in self._executions.intents(execution_id, wave)
            for id_ in intent.source_server_ids
        }
        return [s for s in servers if not s.verdict and (s.attempt, s.key) not in standing]

    def _intents(
        self,
        execution: Execution,
        wave: WaveRecord,
        attempt: int,
        servers: Sequence[RecoveredServer],
    ) -> list[Intent]:
        intents: list[Intent] = []
        ordered = sorted(servers, key=lambda server: server.place)
        for place, some in groupby(ordered, key=lambda server: server.place):
            snapshots = {s.source_server_id: s.snapshot_id for s in some}
            limit = self._ledgers.read(place).limits.servers_per_job
            for ids in cut_into_chunks(list(snapshots), limit):
                intents.append(
                    Intent(
                        execution_id=execution.execution_id,
                        execution_type=execution.execution_type,
                        wave=wave.name,
                        attempt=attempt,
                        chunk=len(intents),
                        account_id=place.account_id,
                        region=place.region,
                        source_server_ids=ids,
                        snapshot_ids={i: pin for i in ids if (pin := snapshots[i])},
                        remaining_path=wave.remaining_path,
                    )
                )
        return intents


def _reopened(server: RecoveredServer, attempt: int) -> RecoveredServer:
    """Return the server as before its launch, with the pin it had, and how that launch ended."""
    return server.changed(
        attempt=attempt,
        earlier=server.reason if server.verdict is ServerVerdict.FAILED else server.earlier,
        launch_status=None,
        recovery_instance_id=None,
        ec2_instance_id=None,
        job_id=None,
        verdict=None,
        reason=None,
        end_time=None,
        health=None,
    )
