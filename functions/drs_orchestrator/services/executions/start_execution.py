"""Start an execution: write its header first, then start the workflow."""

from __future__ import annotations

from drs_orchestrator.domain.errors import (
    Fault,
    InvalidRequest,
    StaleVersion,
    WorkflowUnavailable,
    shortened,
)
from drs_orchestrator.domain.execution import Execution, ExecutionRequest, ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.point_in_time import PointsInTime, check_not_future
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import ServerKey
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.protection_groups import ProtectionGroups
from drs_orchestrator.ports.recovery_plans import RecoveryPlans
from drs_orchestrator.ports.time_and_names import Clock, Names
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.executions.watch_execution import WatchExecution


class StartExecution:
    """The front door's way in; the AWS console's "Start execution" is the other one."""

    def __init__(
        self,
        plans: RecoveryPlans,
        executions: Executions,
        groups: ProtectionGroups,
        lock_servers: LockServers,
        workflow: Workflow,
        watch: WatchExecution,
        clock: Clock,
        names: Names,
    ) -> None:
        self._plans = plans
        self._executions = executions
        self._groups = groups
        self._lock_servers = lock_servers
        self._workflow = workflow
        self._watch = watch
        self._clock = clock
        self._names = names

    def __call__(
        self,
        plan_id: str,
        execution_type: ExecutionType,
        *,
        actor: str,
        point_in_time: PointsInTime | None = None,
        replace_live_instances: str | None = None,
    ) -> Execution:
        """Return the new execution, PENDING until the workflow has prepared it.

        Raises PlanNotFound, HalfWritten, InvalidRequest, ServersLocked or WorkflowUnavailable;
        after the last one the header says FAILED, so that nobody waits for a workflow that does not
        run.
        """
        plan = self._plans.get(plan_id)
        plan.refuse_pending()
        check_replacement(plan, execution_type, replace_live_instances)
        check_not_future(point_in_time, self._clock.now())
        self._lock_servers.refuse_if_locked(self._named_servers(plan))
        execution = Execution(
            execution_id=f"{execution_type.lower()}-{self._names.ulid()}",
            plan_id=plan.plan_id,
            plan_name=plan.name,
            execution_type=execution_type,
            status=ExecutionStatus.PENDING,
            start_time=self._clock.now(),
            actor=actor,
            point_in_time=point_in_time,
            replace_live_instances=replace_live_instances,
        )
        # Before header and start: wherever we die, somebody looks for what has no workflow. Not to
        # be watched is no reason not to start; the workflow tries again.
        self._watch(execution.execution_id)
        self._executions.create(execution)
        request = ExecutionRequest(
            plan_id=plan.plan_id,
            execution_type=execution_type,
            actor=actor,
            point_in_time=point_in_time,
            replace_live_instances=replace_live_instances,
        )
        try:
            self._workflow.start(execution.execution_id, request)
        except WorkflowUnavailable as error:
            if not self._give_up(execution, error):
                return self._executions.get(execution.execution_id)
            raise
        return execution

    def _give_up(self, execution: Execution, error: WorkflowUnavailable) -> bool:
        """Close the header, unless the workflow runs and only the answer was lost."""
        failed = execution.changed(
            status=ExecutionStatus.FAILED, reason=shortened(str(error)), end_time=self._clock.now()
        )
        try:
            self._executions.save(failed)
        except StaleVersion:
            return False
        return True

    def _named_servers(self, plan: RecoveryPlan) -> list[ServerKey]:
        """Return the servers that the plan's groups name; tags are resolved by the workflow.

        Raises HalfWritten if a change of one of them is not known to be done.
        """
        names = [name for wave in plan.waves for name in wave.protection_groups]
        groups = [group for name in names if (group := self._groups.find(name))]
        for group in groups:
            group.refuse_unfinished()
        return [ServerKey(g.place, each) for g in groups for each in g.source_server_ids]


def check_replacement(plan: RecoveryPlan, execution_type: ExecutionType, typed: str | None) -> None:
    """Raise InvalidRequest unless the override, if any, is a RECOVERY's and the plan's own name."""
    if typed is None:
        return
    if execution_type is ExecutionType.DRILL:
        message = "leave it out: a DRILL never replaces live instances"
    elif typed != plan.name:
        message = f"must be the plan's name, '{plan.name}', typed"
    else:
        return
    fault = Fault("/replaceLiveInstances", message)
    raise InvalidRequest("no live instances may be replaced by this start", [fault])
