"""The front door on stores in memory, before a DRS that replicates what a test says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import NoReturn

from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.adapters.recovery_plan_store import RecoveryPlanStore
from drs_orchestrator.domain.errors import AccountUnreachable
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.protection_group import ProtectionGroupSpec
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from drs_orchestrator.domain.server import Place, RecoveryInstance, SourceServer
from drs_orchestrator.services.plans.protection_groups import EditProtectionGroups
from drs_orchestrator.services.plans.recovery_plans import EditRecoveryPlans
from drs_orchestrator.services.plans.source_servers import ListSourceServers
from local.virtual.items import MemoryItems

HOME = Place("111122223333", "us-west-2")


def server_id(number: int) -> str:
    """Return the id of a server that every front door knows if `number` is below 100."""
    return f"s-5{number:016x}"


class Replication:
    """DRS in the home account: it lists servers, and nobody may ask it for more."""

    def __init__(self, servers: Sequence[SourceServer]) -> None:
        self._servers = servers

    def at(self, place: Place) -> Replication:
        """Return DRS of the home account, whose servers are all in the home Region."""
        if place.account_id != HOME.account_id:
            raise AccountUnreachable(f"{place} is out of reach")
        return Replication([server for server in self._servers if server.place == place])

    def home(self) -> Place:
        """Return the home account and Region."""
        return HOME

    def source_servers(self, ids: Collection[str] | None = None) -> list[SourceServer]:
        """Return the servers of `ids`, or all."""
        return [s for s in self._servers if ids is None or s.source_server_id in ids]

    def terminate(self, recovery_instance_ids: Sequence[str]) -> str:
        """Fail the test."""
        _refuse(recovery_instance_ids)

    def start_recovery(
        self,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        snapshot_ids: Mapping[str, str],
    ) -> str:
        """Fail the test."""
        _refuse(server_ids, is_drill, tags, snapshot_ids)

    def recovery_snapshots(self, server_id: str, until: datetime) -> list[RecoverySnapshot]:
        """Fail the test."""
        _refuse(server_id, until)

    def jobs(self, ids: Collection[str]) -> dict[str, Job]:
        """Fail the test."""
        _refuse(ids)

    def jobs_since(self, time: datetime) -> list[Job]:
        """Fail the test."""
        _refuse(time)

    def recovery_instances(self, server_ids: Collection[str]) -> list[RecoveryInstance]:
        """Fail the test."""
        _refuse(server_ids)


def _refuse(*arguments: object) -> NoReturn:
    raise AssertionError(f"the front door only lists source servers, not {arguments}")


class Numbers:
    """Names that count."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def ulid(self) -> str:
        """Return the next number."""
        return f"{next(self._numbers):026d}"

    def time_of(self, ulid: str) -> None:
        """Return nothing: a number has no time."""


@dataclass
class FrontDoor:
    """The three services over tables of their own."""

    groups_table: MemoryItems = field(default_factory=MemoryItems)
    tags: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the services."""
        servers = [
            SourceServer(
                source_server_id=server_id(number),
                account_id=HOME.account_id,
                region=HOME.region,
                tags=dict(self.tags.get(number, {})),
            )
            for number in range(100)
        ]
        sites, names = Replication(servers), Numbers()
        self.group_store = ProtectionGroupStore(self.groups_table)
        self.plan_store = RecoveryPlanStore(MemoryItems())
        self.groups = EditProtectionGroups(self.group_store, self.plan_store, sites, names)
        self.plans = EditRecoveryPlans(self.plan_store, self.group_store, sites, names)
        self.source_servers = ListSourceServers(self.group_store, sites)

    def claims(self) -> dict[str, str]:
        """Return the name of the group of each claimed server of the home place."""
        claims = self.group_store.claims(HOME)
        return {server: claim.group_name for server, claim in claims.items()}


def group(name: str, *servers: int) -> ProtectionGroupSpec:
    """Return a group of servers by their numbers."""
    return ProtectionGroupSpec(
        name=name,
        account_id=HOME.account_id,
        region=HOME.region,
        source_server_ids=[server_id(number) for number in servers],
    )


def tag_group(name: str, **tags: str) -> ProtectionGroupSpec:
    """Return a group that selects servers by tags."""
    return ProtectionGroupSpec(
        name=name, account_id=HOME.account_id, region=HOME.region, server_selection_tags=tags
    )


def document(
    name: str,
    waves: Mapping[str, Sequence[str]],
    groups: Sequence[ProtectionGroupSpec] = (),
    depends_on: Mapping[str, Sequence[str]] | None = None,
) -> RecoveryPlanDocument:
    """Return a plan document of waves and the groups that each launches."""
    return RecoveryPlanDocument.model_validate(
        {
            "name": name,
            "protectionGroups": [spec.document() for spec in groups],
            "waves": [
                {
                    "name": wave,
                    "protectionGroups": list(names),
                    "dependsOn": list((depends_on or {}).get(wave, [])),
                }
                for wave, names in waves.items()
            ],
        }
    )
