"""The immutable snapshot that an execution works from: waves, servers and the first intents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from drs_orchestrator.domain.action import Action
from drs_orchestrator.domain.action_place import placed
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.graph import remaining_path, topological_order
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.quota import Limits, cut_into_chunks
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, Wave
from drs_orchestrator.domain.server import (
    Place,
    RecoveredServer,
    ServerKey,
    ServerVerdict,
    SourceServer,
)
from drs_orchestrator.domain.wave import WaveRecord


class Members(NamedTuple):
    """A protection group and the servers that it holds at this moment."""

    group: ProtectionGroup
    servers: list[SourceServer]
    is_seen: bool = True
    """False: the account was out of reach, so these are the servers that the group names."""


class Snapshot(Model):
    """What is stored of a plan when an execution begins; later edits touch the next run only."""

    waves: list[WaveRecord]
    servers: list[RecoveredServer]
    intents: list[Intent]


def take_snapshot(
    execution: Execution,
    plan: RecoveryPlan,
    members: Mapping[str, Members],
    limits: Mapping[Place, Limits],
) -> Snapshot:
    """Return the snapshot of a plan whose groups hold `members`, by group name.

    `limits` holds the DRS quotas of every place of the plan.
    """
    dependencies = {wave.name: wave.depends_on for wave in plan.waves}
    paths = remaining_path(dependencies)
    by_name = {wave.name: wave for wave in plan.waves}
    waves: list[WaveRecord] = []
    servers: list[RecoveredServer] = []
    intents: list[Intent] = []
    for position, name in enumerate(topological_order(dependencies)):
        wave = by_name[name]
        of_wave = [
            _server(name, server, members[group].group)
            for group in wave.protection_groups
            for server in members[group].servers
        ]
        numbers = _Numbers(position, len(of_wave), paths[name])
        places = {members[group].group.place for group in wave.protection_groups}
        waves.append(_wave(wave, execution.execution_type, numbers, places))
        servers.extend(of_wave)
        intents.extend(_intents(execution, (name, paths[name]), of_wave, limits))
    return Snapshot(waves=waves, servers=servers, intents=intents)


def pin(snapshot: Snapshot, pinned: Mapping[ServerKey, RecoveredServer]) -> Snapshot:
    """Return the snapshot with pinned servers in place of theirs, and so in their intents."""
    return Snapshot(
        waves=snapshot.waves,
        servers=[pinned.get(server.key, server) for server in snapshot.servers],
        intents=[_pinned(intent, pinned) for intent in snapshot.intents],
    )


def _pinned(intent: Intent, pinned: Mapping[ServerKey, RecoveredServer]) -> Intent:
    servers = [pinned.get(ServerKey(intent.place, each)) for each in intent.source_server_ids]
    ids = {s.source_server_id: s.snapshot_id for s in servers if s and s.snapshot_id}
    return intent.changed(snapshot_ids=ids)


class _Numbers(NamedTuple):
    position: int
    server_count: int
    remaining_path: int


def _wave(
    wave: Wave, execution_type: ExecutionType, numbers: _Numbers, places: Collection[Place]
) -> WaveRecord:
    def run(actions: Sequence[Action]) -> list[Action]:
        return [placed(a, places) for a in actions if a.scope.includes(execution_type)]

    return WaveRecord(
        name=wave.name,
        protection_groups=wave.protection_groups,
        depends_on=wave.depends_on,
        on_failure=wave.on_failure,
        success_policy=wave.success_policy,
        deadline_minutes=wave.deadline_minutes,
        approval=wave.approval,
        pre_actions=run(wave.pre_actions),
        post_actions=run(wave.post_actions),
        health_check=wave.health_check,
        **numbers._asdict(),
        attempt=0 if wave.approval else 1,
    )


def _server(wave: str, server: SourceServer, group: ProtectionGroup) -> RecoveredServer:
    return RecoveredServer(
        source_server_id=server.source_server_id,
        wave=wave,
        account_id=server.account_id,
        region=server.region,
        is_critical=group.is_critical(server.source_server_id),
        verdict=ServerVerdict.FAILED if server.why_unlaunchable else None,
        reason=server.why_unlaunchable,
    )


def _intents(
    execution: Execution,
    wave_and_path: tuple[str, int],
    servers: Sequence[RecoveredServer],
    limits: Mapping[Place, Limits],
) -> Iterable[Intent]:
    """Yield one intent a chunk of what can be launched; no chunk crosses accounts or Regions."""
    wave, path = wave_and_path
    number = 0
    ordered = sorted(servers, key=lambda server: server.place)
    for place, some in groupby(ordered, key=lambda server: server.place):
        ids = [server.source_server_id for server in some if server.verdict is None]
        for chunk in cut_into_chunks(ids, limits[place].servers_per_job):
            yield Intent(
                execution_id=execution.execution_id,
                execution_type=execution.execution_type,
                wave=wave,
                attempt=1,
                chunk=number,
                account_id=place.account_id,
                region=place.region,
                source_server_ids=chunk,
                remaining_path=path,
            )
            number += 1
