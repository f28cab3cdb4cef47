"""Prepare an execution: an immutable snapshot of what is to be recovered, or a refusal."""

from __future__ import annotations

from datetime import datetime

from drs_orchestrator.domain.errors import ExecutionClosed, ExecutionExists, InvalidRequest
from drs_orchestrator.domain.execution import Execution, ExecutionRequest, ExecutionStatus
from drs_orchestrator.domain.execution_name import ulid_in
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Names
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.executions.watch_execution import WatchExecution
from drs_orchestrator.services.preparation.snapshot_plan import SnapshotPlan
from drs_orchestrator.services.waves.admission import Admission


class PrepareExecution:
    """The workflow's first step. It may run again, and two of it may overlap."""

    def __init__(
        self,
        executions: Executions,
        snapshot_plan: SnapshotPlan,
        lock_servers: LockServers,
        admission: Admission,
        watch: WatchExecution,
        names: Names,
    ) -> None:
        self._executions = executions
        self._snapshot_plan = snapshot_plan
        self._lock_servers = lock_servers
        self._admission = admission
        self._watch = watch
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

        Raises PlanNotFound, HalfWritten, InvalidPlan, InvalidRequest, LiveRecoveryInstance,
        ServersLocked, AccountUnreachable or DrsDenied: the execution must not start; StaleVersion:
        somebody edits its plan at this moment; ExecutionClosed: it has ended before.
        """
        if not ulid_in(execution_id):
            # Started by hand: no front door has done so before the header. The look below is for
            # who found no header and took leave.
            self._watch(execution_id)
        execution = self._open(execution_id, request, execution_arn, start_time)
        if execution.status is ExecutionStatus.PENDING:
            problem = self._watch(execution_id)
            execution = self._prepare(execution.changed(reconciler_problem=problem))
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
            point_in_time=request.point_in_time,
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

    def _prepare(self, execution: Execution) -> Execution:
        fenced = self._executions.save(execution.changed(preparation=self._names.ulid()))
        plan, snapshot = self._snapshot_plan(fenced)
        keys = [server.key for server in snapshot.servers]
        if execution.preparation:
            # An earlier attempt may have locked what its snapshot named; once that is replaced,
            # nobody would find it.
            self._lock_servers.give_back(fenced, keep=keys)
        self._executions.write_snapshot(fenced, snapshot.waves, snapshot.servers, snapshot.intents)
        # After the snapshot: whoever ends this execution finds in it what to unlock.
        self._lock_servers.take(fenced, keys)
        return self._executions.save(
            fenced.changed(
                status=ExecutionStatus.RUNNING,
                plan_name=plan.name,
                plan_version=plan.version,
                clean_up_after_minutes=plan.clean_up_after_minutes,
            )
        )

    def _admit_roots(self, execution: Execution) -> None:
        """Queue all waves that wait for nothing, then admit by need in one decision."""
        waves = self._executions.waves(execution.execution_id)
        roots = {w.name for w in waves if not (w.depends_on or w.approval or w.pre_actions)}
        intents = self._executions.intents(execution.execution_id)
        self._admission.ask([intent for intent in intents if intent.wave in roots])
