"""Prepare an execution: an immutable snapshot of what is to be recovered, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    ExecutionExists,
    Fault,
    InvalidPlan,
    InvalidRequest,
    LiveRecoveryInstance,
)
from drs_orchestrator.domain.execution import (
    Execution,
    ExecutionRequest,
    ExecutionStatus,
    ExecutionType,
)
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.snapshot import Members, take_snapshot
from drs_orchestrator.ports import (
    Clock,
    DisasterRecoverySites,
    Executions,
    Names,
    ProtectionGroups,
    RecoveryPlans,
)
from drs_orchestrator.services.admission import Admission
from drs_orchestrator.services.lock_servers import LockServers
from drs_orchestrator.services.protected_servers import protected_servers
from drs_orchestrator.services.resolve_servers import resolve_servers
from drs_orchestrator.services.start_execution import check_replacement

_REMEDY = {
    ExecutionType.DRILL: "Terminate or fail back those instances first",
    ExecutionType.RECOVERY: "Terminate or fail back those instances first, or start again with "
    "replaceLiveInstances and the plan's name",
}


class PrepareExecution:
    """The workflow's first step. It may run again, and two of it may overlap."""

    def __init__(
        self,
        plans: RecoveryPlans,
        groups: ProtectionGroups,
        executions: Executions,
        sites: DisasterRecoverySites,
        admission: Admission,
        lock_servers: LockServers,
        clock: Clock,
        names: Names,
    ) -> None:
        self._plans = plans
        self._groups = groups
        self._executions = executions
        self._sites = sites
        self._admission = admission
        self._lock_servers = lock_servers
        self._clock = clock
        self._names = names

    def __call__(
        self,
        execution_id: str,
        request: ExecutionRequest,
        *,
        execution_arn: str,
        start_time: datetime,
    ) -> list[str]:
        """Return the names of the waves in topological order.

        Raises PlanNotFound, InvalidPlan, InvalidRequest, LiveRecoveryInstance, ServersLocked,
        AccountUnreachable or DrsDenied: the execution must not start; ExecutionClosed: it has ended
        before.
        """
        execution = self._open(execution_id, request, execution_arn, start_time)
        if execution.status is ExecutionStatus.PENDING:
            execution = self._prepare(execution, request)
        self._admit_roots(execution)
        return [wave.name for wave in self._executions.waves(execution_id)]

    def _open(
        self, execution_id: str, request: ExecutionRequest, arn: str, start_time: datetime
    ) -> Execution:
        """Return the header: written by the front door, by an earlier attempt, or now."""
        new = Execution(
            execution_id=execution_id,
            plan_id=request.plan_id,
            execution_type=request.execution_type,
            status=ExecutionStatus.PENDING,
            start_time=start_time,
            execution_arn=arn,
            actor=request.actor,
            replace_live_instances=request.replace_live_instances,
        )
        try:
            self._executions.create(new)
        except ExecutionExists:
            execution = self._executions.get(execution_id)
        else:
            return new
        if execution.status.is_final:
            raise ExecutionClosed(f"execution '{execution_id}' ended {execution.status} before")
        same = (execution.plan_id, execution.execution_type)
        if same != (request.plan_id, request.execution_type):
            raise InvalidRequest(f"execution '{execution_id}' belongs to another start")
        return execution.changed(execution_arn=arn)

    def _prepare(self, execution: Execution, request: ExecutionRequest) -> Execution:
        fenced = self._executions.save(execution.changed(preparation=self._names.ulid()))
        plan = self._plans.get(request.plan_id)
        check_replacement(plan, request.execution_type, request.replace_live_instances)
        members = resolve_servers(plan, self._groups, self._sites)
        if execution.execution_type.is_drill:
            _refuse_unlaunchable(plan, members)
        snapshot = take_snapshot(fenced, plan, members)
        self._refuse_replacement(execution, snapshot.servers)
        self._executions.write_snapshot(fenced, snapshot.waves, snapshot.servers, snapshot.intents)
        # After the snapshot: whoever ends this execution finds in it what to unlock.
        self._lock_servers.take(execution.execution_id, [s.key for s in snapshot.servers])
        return self._executions.save(
            fenced.changed(
                status=ExecutionStatus.RUNNING, plan_name=plan.name, plan_version=plan.version
            )
        )

    def _refuse_replacement(self, execution: Execution, servers: Sequence[RecoveredServer]) -> None:
        if execution.replace_live_instances is not None:
            return
        for place in sorted({server.place for server in servers}):
            ids = [s.source_server_id for s in servers if s.place == place]
            protected = protected_servers(self._sites.at(place), ids, self._clock)
            if protected:
                server_id, why = next(iter(protected.items()))
                raise LiveRecoveryInstance(
                    f"{len(protected)} servers in {place} belong to a real recovery, which a "
                    f"launch would replace: first {server_id}, which {why}. "
                    + _REMEDY[execution.execution_type]
                )

    def _admit_roots(self, execution: Execution) -> None:
        """Queue all waves that wait for nothing, then admit by need in one decision."""
        roots = {w.name for w in self._executions.waves(execution.execution_id) if not w.depends_on}
        intents = self._executions.intents(execution.execution_id)
        self._admission.ask([intent for intent in intents if intent.wave in roots])


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
