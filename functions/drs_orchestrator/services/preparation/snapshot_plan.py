"""Take the snapshot of a plan: what DRS, groups and quotas say at this moment, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from drs_orchestrator.domain.action_place import find_unplaced
from drs_orchestrator.domain.errors import (
    AccountUnreachable,
    Fault,
    InvalidPlan,
    LiveRecoveryInstance,
    StaleVersion,
)
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.point_in_time import check_not_future
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.snapshot import Members, Snapshot, pin, take_snapshot
from drs_orchestrator.ports.admission import Ledgers, Quotas
from drs_orchestrator.ports.disaster_recovery import DisasterRecoverySites
from drs_orchestrator.ports.protection_groups import ProtectionGroups
from drs_orchestrator.ports.recovery_plans import RecoveryPlans
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.executions.start_execution import check_replacement
from drs_orchestrator.services.preparation.pin_snapshots import pin_snapshots
from drs_orchestrator.services.preparation.protected_servers import protected_servers
from drs_orchestrator.services.preparation.resolve_servers import resolve_servers

_REMEDY = {
    ExecutionType.DRILL: "Terminate or fail back those instances first",
    ExecutionType.RECOVERY: "Terminate or fail back those instances first, or start again with "
    "replaceLiveInstances and the plan's name",
}


class SnapshotPlan:
    """Reads much and writes nothing but the quotas it learns."""

    def __init__(
        self,
        plans: RecoveryPlans,
        groups: ProtectionGroups,
        sites: DisasterRecoverySites,
        quotas: Quotas,
        ledgers: Ledgers,
        clock: Clock,
    ) -> None:
        self._plans = plans
        self._groups = groups
        self._sites = sites
        self._quotas = quotas
        self._ledgers = ledgers
        self._clock = clock

    def __call__(self, execution: Execution) -> tuple[RecoveryPlan, Snapshot]:
        """Return the plan's present version and what is to be recovered of it.

        Raises PlanNotFound, HalfWritten, InvalidPlan, InvalidRequest, LiveRecoveryInstance,
        DrsDenied, StaleVersion if somebody edits it at this moment, or AccountUnreachable for what
        a place out of reach alone could tell: the servers that tags select, and snapshots of a
        point in time.
        """
        plan = self._plans.get(execution.plan_id)
        plan.refuse_pending()
        check_replacement(plan, execution.execution_type, execution.replace_live_instances)
        # A console's start has not passed the front door.
        check_not_future(execution.point_in_time, self._clock.now())
        members = resolve_servers(plan, self._groups, self._sites)
        self._refuse_edited_meanwhile(plan, members)
        _refuse_unplaced_actions(plan, members, execution.execution_type)
        if execution.execution_type.is_drill:
            _refuse_unlaunchable(plan, members)
        snapshot = take_snapshot(execution, plan, members, self._read_limits(members))
        self._refuse_replacement(execution, members)
        pinned = pin_snapshots(snapshot.servers, execution.point_in_time, self._sites)
        return plan, pin(snapshot, pinned)

    def _refuse_edited_meanwhile(self, plan: RecoveryPlan, members: Mapping[str, Members]) -> None:
        """Groups are read one by one: a server that moved between two of them might be in neither.

        What is now as it was when it was read was so at one moment, between the readings.
        """
        edited = [
            f"protection group '{name}'"
            for name, member in members.items()
            if self._groups.find(name) != member.group
        ]
        if self._plans.get(plan.plan_id) != plan:
            edited.append(f"recovery plan '{plan.name}'")
        if edited:
            raise StaleVersion(f"{edited[0]} was edited while it was read; read it again")

    def _read_limits(self, members: Mapping[str, Members]) -> dict[Place, Limits]:
        """Return the quotas of all places of the plan, and note them for admission."""
        places = sorted({member.group.place for member in members.values()})
        return {place: self._read_limits_of(place) for place in places}

    def _read_limits_of(self, place: Place) -> Limits:
        """Return the quotas of a place, or those last known of one that is out of reach."""
        try:
            limits = self._quotas.limits(place)
        except AccountUnreachable:
            return self._ledgers.read(place).limits
        self._ledgers.note_limits(place, limits)
        return limits

    def _refuse_replacement(self, execution: Execution, members: Mapping[str, Members]) -> None:
        if execution.replace_live_instances is not None:
            return
        # "Start recovery" looks again in any case.
        seen = [s for member in members.values() if member.is_seen for s in member.servers]
        for place in sorted({server.place for server in seen}):
            servers = [server for server in seen if server.place == place]
            try:
                drs = self._sites.at(place)
            except AccountUnreachable:
                continue
            protected = protected_servers(drs, servers, self._clock)
            if protected:
                server_id, why = next(iter(protected.items()))
                raise LiveRecoveryInstance(
                    f"{len(protected)} servers in {place} belong to a real recovery, which a "
                    f"launch would replace: first {server_id}, which {why}. "
                    + _REMEDY[execution.execution_type]
                )


def _refuse_unplaced_actions(
    plan: RecoveryPlan, members: Mapping[str, Members], execution_type: ExecutionType
) -> None:
    """Raise InvalidPlan if groups have moved since the plan was checked, and actions lost."""
    places = {name.lower(): member.group.place for name, member in members.items()}
    faults = list(find_unplaced(plan.waves, places, execution_type))
    if faults:
        raise InvalidPlan(f"recovery plan '{plan.name}' cannot start", faults)


def _refuse_unlaunchable(plan: RecoveryPlan, members: Mapping[str, Members]) -> None:
    """Raise InvalidPlan if a drill would prove less than the plan promises.

    A recovery goes on without such servers: they have failed, and the others come up.
    """
    faults = [
        Fault(f"/waves/{i}/protectionGroups/{j}", f"{server.source_server_id}: {why}")
        for i, wave in enumerate(plan.waves)
        for j, group in enumerate(wave.protection_groups)
        for server in members[group].servers
        if (why := server.why_unlaunchable)
    ]
    if faults:
        raise InvalidPlan(f"recovery plan '{plan.name}' cannot be drilled", faults)
