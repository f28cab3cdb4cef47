"""What can be told of a world only when a history has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from drs_orchestrator.adapters.items import Key
from local.drs import CallRecord
from local.drs.ids import digest
from local.drs.state import Scope
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.stored import ExecutionRecords, Record, StoredItem

# What DRS launches nothing from, by its user guide: not what the product takes it to be.
_NOTHING_TO_LAUNCH = {"STOPPED", "DISCONNECTED", "INITIATING", "INITIAL_SYNC"}
_UNUSABLE_VOLUMES = {
    "MISSING_VOLUME_ATTRIBUTES",
    "MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE",
    "PENDING",
}


def estates(world: VirtualWorld) -> Record:
    """Return the servers as DRS keeps them, without what a launch leaves there."""
    all_estates = world.simulator.snapshot()["state"]["estates"]
    return {
        server_id: {
            "document": server["document"],
            "tags": server["tags"],
            "launchConfiguration": server["launch_configuration"],
        }
        for estate in all_estates
        for server_id, server in estate["servers"].items()
    }


def unlaunchable(all_servers: Record) -> frozenset[str]:
    """Return from which of these source servers DRS has nothing to launch."""
    return frozenset(
        server_id
        for server_id, server in all_servers.items()
        if _has_nothing_to_launch(server["document"].get("dataReplicationInfo") or {})
    )


def _has_nothing_to_launch(replication: Record) -> bool:
    volumes = {each.get("volumeStatus") for each in replication.get("replicatedDisks") or []}
    state = replication.get("dataReplicationState")
    return state in _NOTHING_TO_LAUNCH or bool(volumes & _UNUSABLE_VOLUMES)


def servers(world: VirtualWorld) -> Mapping[Scope, frozenset[str]]:
    """Return the source servers that each account and Region really holds."""
    all_estates = world.simulator.snapshot()["state"]["estates"]
    return {
        Scope(estate["account_id"], estate["region"]): frozenset(estate["servers"])
        for estate in all_estates
    }


def stored(world: VirtualWorld) -> tuple[StoredItem, ...]:
    """Return all items of all tables."""
    return tuple(
        (Key(pk, sk), record)
        for table in world.tables.values()
        for pk, partition in table.items.written_since(0).items()
        for sk, record in partition.items()
    )


def places(world: VirtualWorld) -> frozenset[Scope]:
    """Return the accounts and Regions of all protection groups, and the product's own."""
    named = [
        Scope(record["accountId"], record["region"])
        for table in world.tables.values()
        for record in table.items.written_since(0).get("GROUP", {}).values()
    ]
    return frozenset([Scope(*world.simulator.home), *named])


def automations(world: VirtualWorld) -> tuple[str | None, ...]:
    """Return the client tokens of all automations that ran."""
    return tuple(
        automation.client_token
        for scope in world.simulator.scopes
        for automation, _ in world.aws.ssm.truth(*scope).values()
    )


def secrets(world: VirtualWorld) -> tuple[str, ...]:
    """Return what nobody may read: external ids, and the credentials that STS gave out."""
    sts = world.aws.sts
    ids = {role.external_id for role in sts.roles.values()} - {"", None}
    keys = [each.access_key for each in sts.truth()]
    return tuple(
        [*(str(each) for each in ids)]
        + [digest("secret", key)[:40] for key in keys]
        + [digest("token", key) for key in keys]
    )


def told(
    executions: Mapping[str, ExecutionRecords], runs: Iterable[Run], calls: Sequence[CallRecord]
) -> tuple[str, ...]:
    """Return everything that is on record, in a workflow or in a call of DRS, as text."""
    shown = [
        repr((each.input, each.output, each.error, each.cause))
        for run in runs
        for each in (run, *run.children)
    ]
    stored = [repr(vars(each)) for each in executions.values()]
    return (*stored, *shown, *(repr(each.params) for each in calls))
